import type { Clock, Storage } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { refusalObject, requestObject } from '#schemas/names.ts';
import { readFact } from './store.ts';

/** What intake made of a published request. `unseen`: this identity may not read the results. */
export type Answer =
  | { readonly kind: 'accepted'; readonly at: number }
  | { readonly kind: 'refused'; readonly fact: RefusalFact; readonly generation: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'unseen' };

/** Where answers lie: a refusal is one under this law. */
export interface AnswerPlace {
  readonly storage: Pick<Storage, 'stat' | 'read'>;
  /** Name of the bucket. */
  readonly results: string;
  readonly lawHash: string;
}

/** What was published: its id, and sha256 of its bytes, by which a refusal is named. */
export interface Published {
  readonly id: string;
  readonly dataHash: string;
}

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** ms */
  readonly timeout: number;
  /** Throws where nobody waits any more. */
  readonly goOn: () => void;
}

/** ms. How long a refusal that was there before is not believed: the same bytes may be acceptable by now. */
const OLD_EVENT_MS = 5000;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 1000;

/** One look: an acceptance counts before any refusal. */
export const readAnswer = async (
  { storage, results, lawHash }: AnswerPlace,
  { id, dataHash }: Published,
): Promise<Answer | undefined> => {
  try {
    const accepted = await storage.stat(results, requestObject(id));
    if (accepted !== undefined) return { kind: 'accepted', at: accepted.timeCreated };
    const name = refusalObject(dataHash, lawHash);
    const refusal = await readFact(storage, { kind: 'refusal', bucket: results, name });
    if (refusal === undefined) return undefined;
    return { kind: 'refused', fact: refusal.fact, generation: refusal.object.generation };
  } catch (error) {
    if (isKeyturnError(error, 'PERMISSION_DENIED')) return { kind: 'unseen' };
    throw error;
  }
};

/** Looks until there is an answer, or the time is over. `refusedBefore`: generation of a refusal that was there before publishing. */
export const awaitAnswer = async (
  place: AnswerPlace,
  published: Published,
  { clock, signal, timeout, goOn }: Patience,
  refusedBefore: string | undefined,
): Promise<Answer> => {
  const start = clock.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    const answer = await readAnswer(place, published);
    const old = answer?.kind === 'refused' && answer.generation === refusedBefore;
    if (answer !== undefined && (!old || clock.now() - start >= Math.min(OLD_EVENT_MS, timeout))) return answer;
    if (clock.now() - start >= timeout) return { kind: 'late' };
    await clock.sleep(pause, signal);
    goOn();
  }
};
