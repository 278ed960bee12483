import type { RequestFacts } from '#core/lifecycle.ts';
import { limitsOf } from '#core/limits.ts';
import { isId, type Look, lookSince } from '#core/register.ts';
import type { LogId } from '#core/register-entry.ts';
import { type EntryCache, lookAt } from '#core/register-log.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { timeMs } from '#schemas/spellings.ts';
import type { Aside } from './aside.ts';
import type { TurnContext } from './context.ts';

/** An approved request of one chain, its id proven to be the hash of its content. */
export interface Candidate {
  readonly fact: RequestFact;
  readonly facts: RequestFacts;
  readonly id: string;
  readonly request: RequestFact['request'];
}

/** One (chain, wallet): its log, its nonces. Lanes know nothing of each other, so that no chain can hold up another. */
export interface Lane {
  readonly context: TurnContext;
  readonly log: LogId;
  readonly startNonce: bigint;
  readonly cache: EntryCache;
  readonly aside: Aside;
  /** Ids for which this turn has its `.tried` mark. */
  readonly tried: Set<string>;
}

const validUntilOf = ({ request }: Candidate): number => timeMs(request.validUntil) ?? 0;

/** A look that can decide about all of these; what one of them replaces may be older than any horizon. */
export const look = ({ context, log, cache }: Lane, candidates: readonly Candidate[]): Promise<Look> => {
  const now = context.clock.now();
  const limits = limitsOf(context.law);
  const since = Math.min(...candidates.map((candidate) => lookSince(validUntilOf(candidate), now, limits)));
  const replaced = candidates.map(({ request }) => request.replaces).filter(isId);
  return lookAt(context.storage, log, since, cache, context.log, new Set(replaced));
};

/** One request's fault is its own: it steps aside, and the lane goes on. */
export const alone = async (lane: Lane, id: string, work: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await work();
  } catch (error) {
    const code = isKeyturnError(error) ? error.code : 'UNAVAILABLE';
    lane.context.log.alarm('turn.fault', { id, code, reason: isKeyturnError(error) ? error.message : 'unexpected' });
    lane.aside.put(id);
    return false;
  }
};
