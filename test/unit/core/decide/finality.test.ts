import { expect, test } from 'vitest';
import { finalBlockOf } from '#core/facts/chain-facts.ts';
import type { ChainLaw } from '#schemas/config.ts';

const chain = (finality: ChainLaw['finality']): ChainLaw => ({
  chainId: '1',
  name: 'one',
  finality,
  trusted: false,
  tokens: [],
});

test.each([
  { count: 12, latest: 100n, final: 88n },
  { count: 0, latest: 100n, final: 100n },
  { count: 100, latest: 100n, final: 0n },
  { count: 101, latest: 100n, final: 0n },
])('$count confirmations below block $latest: final up to $final', ({ count, latest, final }) => {
  expect(finalBlockOf(chain({ kind: 'confirmations', count }), latest)).toBe(final);
});

test('the finalized tag is what the node says it is, and nothing where it says nothing', () => {
  expect(finalBlockOf(chain({ kind: 'finalized' }), 64n)).toBe(64n);
  expect(finalBlockOf(chain({ kind: 'finalized' }), 0n)).toBe(0n);
});
