import { errorFields } from '#core/error-fields.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import type { Wait } from '#core/facts/wait.ts';
import type { RegisterRef } from '#core/register/entry.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { limitsOf } from '#core/register/limits.ts';
import { readRegister } from '#core/register/read.ts';
import type { CheckpointUse } from '#core/register/read-checkpoint.ts';
import { noncesOf, type RegisterView, readSince } from '#core/register/rules.ts';
import { longestWindow } from '#core/register/windows.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { validUntilMs } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Backoff } from './backoff.ts';
import type { TurnContext } from './context.ts';
import type { Gate } from './gate.ts';
import type { Outbox } from './outbox.ts';
import type { SignerAhead } from './signer-ahead.ts';
import type { Slow } from './slow.ts';

/** An approved request of one chain, its id proven to be the hash of its content. */
export interface Candidate {
  readonly fact: RequestFact;
  readonly facts: RequestFacts;
  readonly id: string;
  readonly request: RequestFact['request'];
  /** What its mark says that it waits for: for people, and believed for nothing. */
  readonly wait?: Wait | undefined;
}

/** One (chain, wallet): its log, its nonces. Lanes know nothing of each other, so that no chain can hold up another. */
export interface Lane {
  readonly context: TurnContext;
  /** The signer of its context. */
  readonly ahead: SignerAhead;
  readonly register: RegisterRef;
  readonly startNonce: bigint;
  readonly cache: EntryCache;
  /** Those that this turn read. */
  readonly checkpoints: CheckpointUse['kept'];
  readonly backoff: Backoff;
  /** One for all lanes of a turn. */
  readonly gate: Gate;
  readonly outbox: Outbox;
  readonly slow: Slow;
  /** Ids for which this turn has its `.tried` mark. */
  readonly markedTried: Set<string>;
  /**
   * Ids that were searched for below the horizon and are not sealed there. Everything sealed from now on lies above, in every read. So one
   * search is enough, however many requests replace something that was never sealed.
   */
  readonly knownUnsealed: Set<string>;
  /** Ids whose bytes are stored. */
  readonly storedIds: Set<string>;
  /** What this turn noted last of each id that waits. */
  readonly notedWaits: Map<string, string>;
  /** Ids for which an alarm was raised that their bytes cannot be released. */
  readonly alarmedGaps: Set<string>;
  /** Ids that a pass did something about: their facts may be others now. */
  readonly changedIds: Set<string>;
}

/**
 * Seals below the horizon among which a replaced request is searched for. While a nonce is not mined, all that is sealed after it stays
 * open. A seal with more seals above it than requests can be open was mined long ago. Replacing it would do nothing.
 */
const deepestOf = ({ context }: Lane): number => 2 * context.law.limits.maxOpenPerWallet;

const validUntilOf = ({ request }: Candidate): number => validUntilMs(request);

/** ms: how far back a read goes for entries. Whoever completes what just expired may still use what a checkpoint made now covers. */
export const entriesSince = ({ context }: Lane, bound = Number.POSITIVE_INFINITY): number => {
  const { maxValidity, slack } = limitsOf(context.law);
  return Math.min(bound, context.clock.now() - maxValidity - 2 * slack);
};

/**
 * A view that can decide about all of these. What one of them replaces may be older than any horizon. `entries`: all of them are read, whatever
 * a checkpoint notes of them.
 */
export const registerViewOf = async (
  lane: Lane,
  candidates: readonly Candidate[],
  by: 'checkpoint' | 'entries' = 'checkpoint',
): Promise<RegisterView> => {
  const { context, register, cache, knownUnsealed } = lane;
  const now = context.clock.now();
  const limits = limitsOf(context.law);
  const bound = Math.min(...candidates.map((candidate) => readSince(validUntilOf(candidate), now, limits)));
  const since = entriesSince(lane, bound);
  const spentSince = since - longestWindow(context.wallet.policy);
  const checkpoints = { lawHash: context.lawHash, spentSince, about: candidates, kept: lane.checkpoints };
  const replaced = candidates
    .map(({ request }) => request.replaces)
    .filter((id) => isRequestId(id) && !knownUnsealed.has(id));
  const seen = await readRegister(
    context.storage,
    register,
    {
      ...(by === 'checkpoint' ? { since, checkpoints } : { since: spentSince }),
      ...{ cache, wanted: new Set(replaced), deepest: deepestOf(lane) },
    },
    context.log,
  );
  for (const id of replaced) if (noncesOf(id, seen).size === 0) knownUnsealed.add(id);
  return seen;
};

/** One request's fault is its own: it steps aside, and the lane goes on. */
export const isolateFault = async (lane: Lane, id: string, work: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await work();
  } catch (error) {
    lane.context.log.alarm('turn.fault', { id, ...errorFields(error) });
    lane.backoff.delay(id);
    return false;
  }
};
