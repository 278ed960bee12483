import { endOfWait } from '#core/decide/close.ts';
import { requestProblem } from '#core/request-rules.ts';
import type { Held, Hold, Refused } from '../hold.ts';
import type { Candidate, Lane } from '../lane.ts';

/** Intake knew another law: a roll-out is half done, or somebody altered facts. This image's own law is what counts. */
export const alarmOtherLaw = ({ context }: Pick<Lane, 'context'>, { id, fact }: Candidate): void => {
  if (fact.lawHash !== context.lawHash)
    context.log.alarm('turn.law', { id, code: 'LAW_MISMATCH', theirs: fact.lawHash, ours: context.lawHash });
};

/** What this image's law says against each. A validity that is too long for now waits: closed so early, a close would not outlive it. */
export const refuseUnlawful: Hold = (lane, candidates) => {
  const { context } = lane;
  const go: Candidate[] = [];
  const hold: Held[] = [];
  const refuse: Refused[] = [];
  for (const candidate of candidates) {
    const problem = requestProblem(candidate.request, context.law, context.clock.now());
    const { id } = candidate;
    if (problem === undefined) go.push(candidate);
    else if (problem.code === 'VALIDITY_TOO_LONG') hold.push({ id, code: problem.code, rest: 'no' });
    else {
      alarmOtherLaw(lane, candidate);
      const reason = `${problem.field}: ${problem.reason}`;
      const told = problem.code === 'EXPIRED' ? endOfWait(reason, candidate.wait) : reason;
      refuse.push({ id, code: problem.code, reason: told.slice(0, 500) });
    }
  }
  return { go, hold, refuse };
};
