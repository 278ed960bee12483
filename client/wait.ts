import type { StorageReader } from '#adapters/storage/reader.ts';
import { awaitAnswer } from '#core/facts/intake-answer.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { loadFacts } from '#core/facts/store.ts';
import type { Clock } from '#core/ports.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
import { type Config, walletNamed } from '#schemas/config.ts';
import { bucketsOf } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { AskedRequest, MinedTransaction, NodeReader, Outcome, Status } from './api.ts';
import { statusOf } from './status.ts';

export interface WaitPlace {
  readonly storage: StorageReader;
  readonly clock: Clock;
  readonly config: Pick<Config, 'law' | 'lawHash'>;
  readonly signal: AbortSignal | undefined;
}

/** What is waited for: an id alone, or all that is known of a request that was just published. */
export type Awaited = Pick<AskedRequest, 'id'> & Partial<AskedRequest>;

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 3000;
/** A node that fails this often in a row is not waited for. */
const MOST_FAILURES = 5;

const stopped = (id: string, { reason }: AbortSignal): KeyturnError =>
  new KeyturnError(
    'STOPPED_WAITING',
    `stopped waiting for request ${id}, and only that: the request goes on, and may still pay`,
    { id, cause: reason },
  );

/** `work`, until nobody waits any more: then at once, whatever call is under way. */
const untilStopped = <T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
  if (signal === undefined) return work();
  if (signal.aborted) return Promise.reject(stopped(id, signal));
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(stopped(id, signal));
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
};

/** Throws the refusal of what was published: it is named by its bytes, so an id alone finds none. */
const accepted = async (place: WaitPlace, { id, dataHash, refusedBefore }: Awaited): Promise<void> => {
  if (dataHash === undefined) return;
  const { storage, clock, config } = place;
  const signal = place.signal ?? new AbortController().signal;
  const goOn = (): void => {
    if (signal.aborted) throw stopped(id, signal);
  };
  const results = bucketsOf(config.law.name).results;
  const patience = { clock, signal, timeout: Number.POSITIVE_INFINITY, goOn };
  const answer = await awaitAnswer(
    { storage, results, lawHash: config.lawHash },
    { id, dataHash },
    patience,
    refusedBefore,
  );
  if (answer.kind === 'unseen')
    throw new KeyturnError('PERMISSION_DENIED', `gs://${results} cannot be read, so nothing can be waited for`, { id });
  if (answer.kind !== 'refused') return;
  const { code, reason, field, existingId } = answer.fact;
  throw new KeyturnError(code, `request ${id} is refused: ${reason}`, {
    ...(field === '' ? {} : { field }),
    id: existingId === '' ? id : existingId,
  });
};

/** Looks at the facts of a request until `judge` finds what is waited for. */
const watch = async <T>(
  place: WaitPlace,
  asked: Awaited,
  judge: (status: Status) => Promise<T | undefined> | T | undefined,
): Promise<T> => {
  const { storage, clock, config, signal } = place;
  const { id } = asked;
  return untilStopped(id, signal, async () => {
    await accepted(place, asked);
    let facts: RequestFacts | undefined;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
      facts = await loadFacts(storage, bucketsOf(config.law.name), id, facts);
      const found = await judge(statusOf(facts, config.law));
      if (found !== undefined) return found;
      await clock.sleep(pause, signal);
      if (signal?.aborted === true) throw stopped(id, signal);
    }
  });
};

export const waitAccepted = (place: WaitPlace, asked: Awaited): Promise<Status> =>
  watch(place, asked, (status) => (status.stage === 'unknown' ? undefined : status));

/** However it ends. */
export const waitOutcome = (place: WaitPlace, asked: Awaited): Promise<Outcome> =>
  watch(place, asked, (status) => (status.stage === 'decided' ? status.outcome : undefined));

/** A stored end that says no reason is none that keyturn writes. */
const codeOf = ({ code }: Outcome): Code => (code === '' ? 'MALFORMED' : code);

/** What it ended as, where that is not that its own transaction is final. Undefined of one that is. */
const failure = (id: string, outcome: Outcome): KeyturnError | undefined => {
  if (outcome.outcome === 'finalized' || outcome.outcome === 'reverted') return undefined;
  const words = outcome.reason === '' ? '' : `: ${outcome.reason}`;
  return new KeyturnError(codeOf(outcome), `request ${id} ended as ${outcome.outcome}${words}`, { id });
};

/** Final on the chain, as a success or reverted. Throws the code of any other end. */
export const waitFinal = async (place: WaitPlace, asked: Awaited): Promise<Outcome> => {
  const outcome = await waitOutcome(place, asked);
  const failed = failure(asked.id, outcome);
  if (failed !== undefined) throw failed;
  return outcome;
};

const isThat = ({ to, value, data }: TransactionRequest, wallet: string, mined: MinedTransaction): boolean =>
  mined.from.toLowerCase() === wallet.toLowerCase() &&
  (mined.to ?? '').toLowerCase() === to.toLowerCase() &&
  `${mined.value}` === value &&
  mined.data.toLowerCase() === data;

/**
 * In a block of the dApp's own node, which may still be reorganised. The hashes are a function's word, so the transaction is compared with the
 * request. Throws MINED_MISMATCH, UNAVAILABLE where the node fails again and again, and the code of an end without a transaction of its own.
 */
export const waitMined = <T extends MinedTransaction>(
  place: WaitPlace,
  asked: Awaited,
  node: NodeReader<T>,
): Promise<T> => {
  const { id } = asked;
  let failures = 0;
  const look = async (hash: string): Promise<T | undefined> => {
    try {
      const found = await node.mined(hash);
      failures = 0;
      return found;
    } catch (cause) {
      failures += 1;
      if (failures < MOST_FAILURES) return undefined;
      throw new KeyturnError('UNAVAILABLE', `request ${id}: your node failed ${failures} times in a row`, {
        id,
        cause,
      });
    }
  };
  return watch(place, asked, async (status) => {
    if (status.stage !== 'submitted' && status.stage !== 'decided') return undefined;
    const failed = status.stage === 'decided' ? failure(id, status.outcome) : undefined;
    if (failed !== undefined) throw failed;
    const hashes = status.stage === 'submitted' ? status.transactionHashes : [status.outcome.transactionHash];
    const wallet = walletNamed(place.config.law, status.request.wallet)?.address ?? '';
    for (const hash of hashes) {
      const mined = await look(hash);
      if (mined === undefined) continue;
      if (isThat(status.request, wallet, mined)) return mined;
      throw new KeyturnError('MINED_MISMATCH', `request ${id}: transaction ${hash} is not what was asked for`, { id });
    }
    return undefined;
  });
};
