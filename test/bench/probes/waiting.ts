import { countedStage, TICK } from './counted-stage.ts';
import { emit, numberOf } from './emit.ts';

/**
 * Class A calls (insert, list, patch) of one request that waits for its co-signers. Those of the same ticks without it do not count. `perHour`:
 * one number an hour.
 */
const hours = numberOf('hours', 24);
const given = async (asks: boolean): Promise<number[]> => {
  const here = countedStage();
  if (asks) {
    const validUntil = new Date(here.clock.now() + 86_000_000).toISOString().replace(/\.\d+/, '');
    await here.ask({ reference: 'bench', validUntil });
  }
  const found: number[] = [];
  for (let hour = 0; hour < hours; hour++) {
    here.reset();
    for (let n = 0; n < 60 && hour * 60 + n < 1_430; n++) await here.tick(TICK);
    found.push(here.counts.insert + here.counts.list + here.counts.patch);
  }
  return found;
};
const idle = await given(false);
const busy = await given(true);
emit({ perHour: busy.map((count, n) => count - (idle[n] ?? 0)) });
