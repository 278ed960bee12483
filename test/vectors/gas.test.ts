import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { admittedGas, leastGas } from '#core/transaction/gas-schedule.ts';
import { CASES, caseOf } from '#test/support/gas/cases.ts';
import { runOn, SENDER } from '#test/support/gas/machine.ts';
import { type GasVector, VECTORS } from '#test/support/gas/make-vectors.ts';

/** What `@ethereumjs/vm` 10.1.3 found by trying (test/support/gas/make-vectors.ts). */
const vectors: readonly GasVector[] = JSON.parse(readFileSync(VECTORS, 'utf8'));
const requestOf = ({ name }: GasVector, gas: bigint) => caseOf(CASES[name] ?? {}, gas);

test('every case has a vector in both forks, to an account that exists and to a new one', () => {
  expect(vectors).toHaveLength(Object.keys(CASES).length * 4);
  expect(new Set(vectors.map(({ name }) => name))).toEqual(new Set(Object.keys(CASES)));
});

test.each(vectors)('$name, $fork, destination $destination: $admitted and $succeeds gas', (vector) => {
  const { fork, destination, admitted, succeeds } = vector;
  const request = requestOf(vector, 0n);
  const exists = destination === 'exists' ? 'yes' : 'no';
  expect([admittedGas(request, SENDER, fork), leastGas(request, SENDER, fork, exists)]).toEqual([
    BigInt(admitted),
    BigInt(succeeds),
  ]);
});

describe('the machine says so again', () => {
  const sample = vectors.filter((_, n) => n % 6 === 1);

  test.each(sample)('of $name, $fork, destination $destination', async (vector) => {
    const { fork, destination, admitted, succeeds } = vector;
    const run = (gas: bigint) => runOn(fork, requestOf(vector, gas), destination === 'exists');
    expect(await run(BigInt(succeeds))).toBe('done');
    expect(await run(BigInt(succeeds) - 1n)).toBe(admitted === succeeds ? 'refused' : 'failed');
    expect(await run(BigInt(admitted) - 1n)).toBe('refused');
  });
});
