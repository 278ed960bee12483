import { both, figureOf, NEEDS_FULL, type Part, skipped } from '../bench.ts';

const KINDS = ['get', 'list', 'patch', 'rpc'] as const;
const CASES = {
  20: ['--open', 20],
  alone: ['--open', 1],
  'alone-after-3-days': ['--open', 1, '--hours', 72],
} as const;
/** What floor.ts makes, per request: of a batch of 20, and alone. */
const FLOOR = { 20: { get: 3, list: 1.1, patch: 0, rpc: 3 }, alone: { get: 3, list: 3, patch: 0, rpc: 3 } } as const;

/** Calls of one request on the wire, from its publication to its outcome, at the cloud's cadence. Exact: nothing moves by itself. */
export const calls: Part = async (bench) => {
  const all = [];
  for (const [name, args] of Object.entries(CASES)) {
    if (name === 'alone-after-3-days' && !bench.full) {
      all.push(...KINDS.map((kind) => skipped(`calls.${name}.${kind}`, 'calls', NEEDS_FULL)));
      continue;
    }
    const found = await both(bench, 'calls', ...args);
    const floor = name === '20' ? FLOOR[20] : FLOOR.alone;
    all.push(
      ...KINDS.map((kind) => ({ ...figureOf(`calls.${name}.${kind}`, 'calls', found, kind), floor: floor[kind] })),
    );
  }
  return all;
};
