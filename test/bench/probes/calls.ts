import { countedStage, TICK } from './counted-stage.ts';
import { emit, numberOf } from './emit.ts';

/**
 * Calls of one request, from its publication to its outcome, where `--open N` of them share a turn. Before its co-signers answer it waits
 * `--hours N`; a tick comes every minute. What the wait itself calls does not count here: `waiting.ts` counts that.
 */
const open = numberOf('open', 1);
const minutes = numberOf('hours', 0) * 60;
const hour = 3_600_000;
const given = countedStage({ maxValiditySeconds: 7 * 86_400 });
const validUntil = new Date(given.clock.now() + minutes * TICK + 6 * hour).toISOString().replace(/\.\d+/, '');
given.reset();
const ids: string[] = [];
for (let n = 0; n < open; n++) ids.push(await given.ask({ reference: `bench-${n}`, validUntil }));
const asked = { ...given.counts };
for (let n = 0; n < minutes; n++) await given.tick(TICK);
Object.assign(given.counts, asked);
for (const id of ids) await given.approve(id);
for (const id of ids) await given.launch(id);
await given.turn(1n);
for (const id of ids) await given.finalize(id);
const ended = () => ids.every((id) => given.outcome(id) !== undefined);
for (let n = 0; n < 10 && !ended(); n++) await given.tick(TICK);
if (!ended())
  throw new Error(`${ids.filter((id) => given.outcome(id) === undefined).length} of ${open} have no outcome`);
emit(Object.fromEntries(Object.entries(given.counts).map(([kind, count]) => [kind, [count / open]])));
