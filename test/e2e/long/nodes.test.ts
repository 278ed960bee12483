import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHere, MAKES, type Make } from '#test/support/nodes/makes.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { alarms, payOnce } from '../support/payments.ts';

/** The whole pipeline on each node, in both ways of mining. Ganache executes the same bytes with nonce 0 again: there each lab begins. */
const places: [Make, string, number | undefined][] = [];
for (const make of MAKES)
  if (await isHere(make)) places.push([make, 'a block for each transaction', undefined], [make, 'a block time', 0.25]);

describe.each(places)('on %s with %s', (kind, _mode, blockTime) => {
  let test: TestLab;
  beforeAll(async () => {
    test = await startTestLab({ node: { kind }, blockTime });
  }, 90_000);
  afterAll(() => test?.close(), 30_000);

  it.each<['0' | '2', number, number]>([
    ['2', 1, 100],
    ['0', 1, 110],
    ['2', 5, 120],
    ['0', 5, 130],
  ])('payments of type %s leave once each: %i at once', async (type, count, first) => {
    await payOnce(test, type, count, first);
  });

  it('and nobody was alarmed', () => {
    expect(alarms(test)).toEqual([]);
  });
});
