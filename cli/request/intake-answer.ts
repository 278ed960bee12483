import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import { readFact } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { refusalObject, requestObject } from '#schemas/names.ts';

/** What intake made of a published request. `unseen`: this identity may not read the results. */
export type Answer =
  | { readonly kind: 'accepted'; readonly at: number }
  | { readonly kind: 'refused'; readonly fact: RefusalFact; readonly generation: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'unseen' };

/** ms. How long a refusal that was there before is not believed: the same bytes may be acceptable by now. */
const OLD_EVENT_MS = 5000;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 1000;

/** One look: an acceptance counts before any refusal. */
export const readAnswer = async (
  storage: Storage,
  session: Session,
  id: string,
  dataHash: string,
): Promise<Answer | undefined> => {
  const { results } = session.deployment.buckets;
  try {
    const accepted = await storage.stat(results, requestObject(id));
    if (accepted !== undefined) return { kind: 'accepted', at: accepted.timeCreated };
    const refusal = await readFact(storage, {
      kind: 'refusal',
      bucket: results,
      name: refusalObject(dataHash, session.deployment.config.lawHash),
    });
    if (refusal === undefined) return undefined;
    return { kind: 'refused', fact: refusal.fact, generation: refusal.object.generation };
  } catch (error) {
    if (isKeyturnError(error, 'PERMISSION_DENIED')) return { kind: 'unseen' };
    throw error;
  }
};

/** Looks until there is an answer, or `timeout` ms are over. `before`: the look made before publishing. */
export const awaitAnswer = async (
  storage: Storage,
  session: Session,
  id: string,
  dataHash: string,
  timeout: number,
  before: Answer | undefined,
): Promise<Answer> => {
  const { clock, signal } = session;
  const start = clock.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    const answer = await readAnswer(storage, session, id, dataHash);
    const old = answer?.kind === 'refused' && before?.kind === 'refused' && answer.generation === before.generation;
    if (answer !== undefined && (!old || clock.now() - start >= Math.min(OLD_EVENT_MS, timeout))) return answer;
    if (clock.now() - start >= timeout) return { kind: 'late' };
    await clock.sleep(pause, signal);
    goOn(signal);
  }
};
