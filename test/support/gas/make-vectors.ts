import { writeFile } from 'node:fs/promises';
import { FORK_NAMES, type ForkName } from '#schemas/chain.ts';
import { CASES, caseOf } from './cases.ts';
import { type Ran, runOn } from './machine.ts';

/** The gas that transactions need, found by trying with `@ethereumjs/vm`: node test/support/gas/make-vectors.ts --write */
export const VECTORS = new URL('../../vectors/gas.json', import.meta.url);

export interface GasVector {
  readonly name: string;
  readonly fork: ForkName;
  readonly destination: 'exists' | 'new';
  /** The least gas limit with which a block could hold it. */
  readonly admitted: string;
  /** The least with which it also does what it says. */
  readonly succeeds: string;
}

/** EIP-7825 */
const MOST = 2n ** 24n;

/** The least gas limit that gives one of these; it must be monotone. */
const leastWith = async (run: (gas: bigint) => Promise<Ran>, good: readonly Ran[]): Promise<bigint> => {
  let [bad, enough] = [0n, MOST];
  while (enough - bad > 1n) {
    const middle = (bad + enough) / 2n;
    if (good.includes(await run(middle))) enough = middle;
    else bad = middle;
  }
  return enough;
};

const vectorOf = async (name: string, fork: ForkName, destination: GasVector['destination']): Promise<GasVector> => {
  const run = (gas: bigint) => runOn(fork, caseOf(CASES[name] ?? {}, gas), destination === 'exists');
  const [admitted, succeeds] = [await leastWith(run, ['failed', 'done']), await leastWith(run, ['done'])];
  return { name, fork, destination, admitted: `${admitted}`, succeeds: `${succeeds}` };
};

if (import.meta.main) {
  const vectors: GasVector[] = [];
  for (const fork of FORK_NAMES)
    for (const name of Object.keys(CASES))
      for (const destination of ['exists', 'new'] as const) vectors.push(await vectorOf(name, fork, destination));
  const lines = vectors.map((one) => `  ${JSON.stringify(one)}`);
  const text = `[\n${lines.join(',\n')}\n]\n`;
  if (process.argv.includes('--write')) await writeFile(VECTORS, text);
  else process.stdout.write(text);
}
