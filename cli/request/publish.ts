import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, dim, good } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { backingJson, backingLine, checkerOf } from '#cli/operate/backing.ts';
import { type Answer, awaitAnswer, readAnswer } from '#core/facts/intake-answer.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import type { Prepared } from '#core/prepare.ts';
import { CODES, KeyturnError } from '#schemas/codes.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { awaitOutcome } from './await-outcome.ts';
import { outcomeLine } from './render-request.ts';

/** What to wait for: nothing, intake's answer, or the end of it. `timeout`: ms, for all of it. */
export type Waiting =
  | { readonly until: 'nothing' }
  | { readonly until: 'answer'; readonly timeout: number }
  | { readonly until: 'outcome'; readonly timeout: number | undefined };

/** After validUntil nothing of it is signed any more, but what is signed is still to become final. */
const SETTLING_MS = 30 * 60_000;

export interface Published {
  readonly answer: Answer | undefined;
  /** The very same request was accepted before. */
  readonly already: boolean;
  /** Undefined unless it was waited for; without an outcome where that took too long. */
  readonly facts: RequestFacts | undefined;
}

/** ms, at most. Where nothing is waited for, the answer that is there already is read. */
const patienceOf = (waiting: Waiting, request: TransactionRequest, now: number): number => {
  switch (waiting.until) {
    case 'nothing':
      return 0;
    case 'answer':
      return waiting.timeout;
    case 'outcome':
      return waiting.timeout ?? Math.max(validUntilMs(request) - now, 0) + SETTLING_MS;
    default:
      return waiting satisfies never;
  }
};

/** Whose exit code is to say that the payment is final must be able to see it. */
const endIsUnseen = (results: string) =>
  new KeyturnError('PERMISSION_DENIED', `--wait: you may not read gs://${results}, so the end would not be seen here`, {
    field: 'wait',
  });

/** Publishes it, unless the very same was accepted before, and waits. Throws PERMISSION_DENIED where its end is waited for and cannot be seen. */
export const publish = async (session: Session, prepared: Prepared, waiting: Waiting): Promise<Published> => {
  const { out, deployment, signal, commandLine, clock } = session;
  const { id, data, request } = prepared;
  const { lawHash } = deployment.config;
  const place = { storage: await session.ports.storage(), results: deployment.buckets.results, lawHash };
  const before = await readAnswer(place, prepared);
  const already = before?.kind === 'accepted';
  const forEnd = waiting.until === 'outcome';
  // Before it is published: whoever sees a failure may ask again.
  if (forEnd && before?.kind === 'unseen') throw endIsUnseen(place.results);
  if (!already) {
    goOn(signal);
    session.leave(`request ${id} may have been published: ${commandLine(`status ${id.slice(0, 8)}`)}`);
    const topic = deployment.topics.transactionRequests;
    const publisher = await session.ports.publisher();
    await out.during('publishing', publisher.publish(topic, { data, attributes: {} }));
    out.line(dim(`published to ${topic}`));
    session.leave(`request ${id} is published: ${commandLine(`status ${id.slice(0, 8)}`)}`);
  }
  if (waiting.until === 'nothing' && !already) return { answer: undefined, already, facts: undefined };
  const start = clock.now();
  const timeout = patienceOf(waiting, request, start);
  const refusedBefore = before?.kind === 'refused' ? before.generation : undefined;
  const patience = { clock, signal, timeout, goOn: () => goOn(signal) };
  const answer = await out.during('waiting for intake', awaitAnswer(place, prepared, patience, refusedBefore));
  if (forEnd && answer.kind === 'unseen') throw endIsUnseen(place.results);
  if (!forEnd || answer.kind !== 'accepted') return { answer, already, facts: undefined };
  out.line([good('accepted'), ` at ${timeText(answer.at)}`]);
  const facts = await awaitOutcome(session, id, timeout - (clock.now() - start), (stage, { submitted }) =>
    out.line(stage === 'approved' ? 'approved' : `submitted, nonce ${submitted?.fact.nonce}`),
  );
  return { answer, already, facts };
};

/** How it ended, with what backs that. Throws DEADLINE where it has not. Whether the payment was made. */
const reportOutcome = async (
  session: Session,
  base: Readonly<Record<string, unknown>> & { readonly id: string },
  facts: RequestFacts,
): Promise<boolean> => {
  const { out, commandLine } = session;
  const outcome = facts.outcome?.fact;
  if (outcome === undefined)
    throw new KeyturnError(
      'DEADLINE',
      `request ${base.id} is accepted, but not over yet: ${commandLine(`why ${base.id.slice(0, 8)}`)}`,
    );
  const backing = await out.during('checking', checkerOf(session).outcome(facts));
  out.line(outcomeLine(outcome));
  if (backing !== undefined) out.line(backingLine(backing));
  const ok = outcome.outcome === 'finalized';
  out.result('request', { ok, ...base, outcome, backing: backing === undefined ? null : backingJson(backing) });
  return ok;
};

/** Tells what came of it. Whether it is on its way, or where its end was waited for, done. Throws DEADLINE. */
export const report = async (
  session: Session,
  { id, request, warnings }: Pick<Prepared, 'id' | 'request'> & { readonly warnings: readonly string[] },
  { answer, already, facts }: Published,
): Promise<boolean> => {
  const { out, commandLine } = session;
  const base = { id, reference: request.reference, request, warnings };
  if (answer === undefined || answer.kind === 'unseen') {
    out.line(`No answer yet. It comes as an event on ${session.deployment.topics.requestEvents}.`);
    out.result('request', { ok: true, ...base, answer: 'unknown' });
    return true;
  }
  if (answer.kind === 'accepted') {
    const acceptedAt = timeText(answer.at);
    const accepted = { ...base, answer: 'accepted', acceptedAt, already };
    if (facts !== undefined) return reportOutcome(session, accepted, facts);
    out.line([
      good('accepted'),
      already ? `: the very same request was accepted before, at ${acceptedAt}` : ` at ${acceptedAt}`,
    ]);
    out.line(['Next, as a co-signer: ', bold(commandLine(`show ${id.slice(0, 8)}`))]);
    out.result('request', { ok: true, ...accepted });
    return true;
  }
  if (answer.kind === 'late')
    throw new KeyturnError(
      'DEADLINE',
      `request ${id} is published, but intake has not answered yet: ${commandLine(`status ${id.slice(0, 8)}`)}`,
    );
  const { code, field, reason, existingId } = answer.fact;
  const { advice } = CODES[code];
  out.line([bad('refused'), ` ${code}: ${field === '' ? '' : `${field} `}${reason}`]);
  out.line(`  ${advice}`);
  out.result('request', { ok: false, code, field, message: reason, advice, ...base, answer: 'refused', existingId });
  return false;
};
