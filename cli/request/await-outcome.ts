import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import { type RequestFacts, stateOf } from '#core/facts/lifecycle.ts';
import { loadFacts } from '#core/facts/store.ts';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5000;

/**
 * Looks until the request is over, or `timeout` ms are. Then its facts, with an outcome or without. `onStage`: of each stage once, as it is
 * seen. Throws PERMISSION_DENIED where this identity may not read the results.
 */
export const awaitOutcome = async (
  session: Session,
  id: string,
  timeout: number,
  onStage: (stage: 'approved' | 'submitted', facts: RequestFacts) => void,
): Promise<RequestFacts> => {
  const { clock, signal, deployment } = session;
  const storage = await session.ports.storage();
  const start = clock.now();
  const told = new Set<string>();
  let facts: RequestFacts | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    facts = await loadFacts(storage, deployment.buckets, id, facts);
    const { stage } = stateOf(facts);
    if ((stage === 'approved' || stage === 'submitted') && !told.has(stage)) {
      told.add(stage);
      onStage(stage, facts);
    }
    if (stage === 'decided' || clock.now() - start >= timeout) return facts;
    await clock.sleep(pause, signal);
    goOn(signal);
  }
};
