import { refusalOf } from '#cli/app/failure.ts';
import { plainText } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { viewJson, viewOf } from '#cli/operate/request-view.ts';
import { tellWhy } from '#cli/operate/why.ts';
import { mayApprove } from '#cli/request/approval.ts';
import { mayReject } from '#cli/request/rejecting.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import { stepsOf } from '#cli/request/timeline.ts';
import { readingJson } from '#cli/request/told.ts';
import { warningsOf } from '#cli/request/warnings.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Actor, Against, RequestAnswer, Simulation, Step } from './api.ts';
import { rejectionReasons } from './rejection-reasons.ts';
import { isCritical, type Rendered } from './rendered.ts';

/** What speaks against it, as the command would say. */
const against = (check: () => void): Against => {
  const refusal = refusalOf(check);
  return refusal === undefined ? null : { code: refusal.code, message: refusal.message };
};

const actorsOf = ({ me, deployment }: Session, picture: Picture): readonly Actor[] => {
  const coSigner = me === undefined ? undefined : coSignerNamed(deployment.config.law, me);
  if (coSigner === undefined) return [];
  const approve = against(() => mayApprove(picture, coSigner));
  return [{ coSigner: coSigner.name, approve, reject: against(() => mayReject(picture, coSigner.name)) }];
};

/** Of the reading, the lines that say what the nodes predict. */
const simulationIn = ({ simulation }: Picture, lines: ReturnType<typeof readingJson>): Simulation | undefined => {
  if (simulation === undefined) return undefined;
  const told = lines.filter(({ kind }) => kind === 'simulation').map(({ text, tone }) => ({ text, tone }));
  const outcomes = simulation.kind === 'told' ? [simulation] : simulation.kind === 'none' ? [] : simulation.outcomes;
  if (outcomes.length === 0) return { kind: 'none', lines: told };
  return { kind: outcomes.every(({ effect }) => effect.success) ? 'predicted' : 'fails', lines: told };
};

/** Steps with their reasons: of an outcome, and of each rejection that this identity may read. */
const timelineOf = async (
  session: Session,
  picture: Picture,
  steps: ReturnType<typeof stepsOf>,
): Promise<readonly Step[]> => {
  const reasons = await rejectionReasons(session, picture);
  return steps.map(({ at, what, detail }) => {
    const reason = what === 'rejected' ? reasons.get(detail) : undefined;
    return { at: timeText(at), what, detail: reason === undefined ? detail : `${detail}: ${reason}` };
  });
};

/** One request, as `show` tells it, and what stands around it. What was shown is noted: nobody answers for anything else. */
export const requestAnswer = async (session: Session, rendered: Rendered, id: string): Promise<RequestAnswer> => {
  const view = await viewOf(session, id);
  const { picture, facts } = view;
  const reading = requestReading(picture, true);
  const { why, sentence } = await tellWhy(session, { picture, facts });
  const code = why.kind === 'waits' ? why.code : why.kind === 'decided' ? why.outcome.code : '';
  const timeline = await timelineOf(session, picture, stepsOf(facts, picture.votes));
  return {
    ok: true,
    at: timeText(picture.now),
    rendering: rendered.note(picture),
    shown: viewJson(session, view, reading),
    warnings: warningsOf(picture).map(({ text, critical = false, detail = [] }) => ({
      critical,
      text: plainText(text),
      detail: detail.map((line) => plainText(line)),
    })),
    critical: isCritical(picture),
    simulation: simulationIn(picture, readingJson(reading)),
    timeline,
    waits: { code, sentence },
    actors: actorsOf(session, picture),
  };
};
