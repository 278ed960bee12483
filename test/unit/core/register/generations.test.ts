import { expect, test } from 'vitest';
import { readRegister } from '#core/register/read.ts';
import { noncesOf } from '#core/register/rules.ts';
import { sealObject } from '#schemas/names.ts';
import { oldSeal } from '#test/support/seals.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** "Sealed at exactly one nonce" must never be judged on half of the generations of one name. */
const HOUR = 3_600_000;
const log = (s: Pipeline) => ({ chainId: '31337', address: s.wallet.address, registerBucket: s.buckets.register });

/** Two generations of the first entry, at different nonces, and so many entries above them. */
const twice = (above: number) => {
  const s = stage();
  s.storage.page = 200;
  const target = oldSeal(s, 0, 0);
  s.storage.archive(s.buckets.register, sealObject('31337', s.wallet.address, 0n));
  expect(oldSeal(s, 0, 1)).toBe(target);
  for (let n = 1; n <= above; n++) oldSeal(s, n, n + 1);
  s.clock.advance(40 * 24 * HOUR);
  return { s, target };
};

// Entries are read by 16 and listed by 200 here: both borders, and their neighbours.
test.each([14, 15, 16, 31, 198, 199, 200])(
  'with %i entries above, the search for an id sees all generations of its name',
  async (above) => {
    const { s, target } = twice(above);
    const short = await readRegister(
      s.storage,
      log(s),
      { since: s.clock.now() - HOUR, cache: new Map(), wanted: new Set([target]) },
      s.log,
    );
    expect([...noncesOf(target, short)].sort()).toEqual([0n, 1n]);
  },
);

test.each([1, 2, 14, 15, 16])('so where the search is given up after %i seals', async (deepest) => {
  const { s, target } = twice(15);
  const wanted = new Set(['ab'.repeat(32)]);
  const view = await readRegister(
    s.storage,
    log(s),
    { since: s.clock.now() - HOUR, cache: new Map(), wanted, deepest },
    s.log,
  );
  expect([0, 2]).toContain(noncesOf(target, view).size);
});

test('and reads no further than the chunk in which it found the name below', async () => {
  const { s, target } = twice(300);
  const wanted = oldSeal(s, 301, 302);
  s.storage.calls.length = 0;
  await readRegister(s.storage, log(s), { since: s.clock.now(), cache: new Map(), wanted: new Set([wanted]) }, s.log);
  expect(s.storage.calls.filter((call) => call.startsWith('list '))).toHaveLength(1);
  expect(s.storage.calls.filter((call) => call.startsWith('read '))).toHaveLength(16);
  expect(target).not.toBe(wanted);
});
