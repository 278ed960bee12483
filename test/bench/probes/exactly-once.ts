import { openArena, runCell } from '../exactly-once.ts';
import type { Setting } from '../tally.ts';
import { emit, numberOf } from './emit.ts';

/** Every client's `--requests N` payments, in one setting: `--at-once N --percent N [--blocks]`. `<client>: once, twice, stuck, ms`. */
const setting: Setting = {
  mining: process.argv.includes('--blocks') ? '1 s blocks' : 'automine',
  atOnce: numberOf('at-once', 30),
  rate: numberOf('percent', 5) / 100,
};
const arena = await openArena();
try {
  const rows = await runCell(arena, setting, { requests: numberOf('requests', 40), seed: 20_260_901 });
  emit(Object.fromEntries(rows.map(({ client, once, twice, stuck, ms }) => [client, [once, twice, stuck, ms]])));
} finally {
  await arena.close();
}
