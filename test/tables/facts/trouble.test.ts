import { expect, test } from 'vitest';
import { afterFailure, readTrouble, type Trouble, troubleText } from '#core/facts/trouble.ts';
import { time } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const NOON = time('2030-01-01T12:00:00Z');
const MINUTE = 60_000;
const LOST = {
  code: 'CHAIN_UNREACHABLE',
  reason: 'rpc: eth_getTransactionReceipt chain 1 at url 1: an answer of another form',
};
const since = (ms: number, told = false): Trouble => ({ ...LOST, since: ms, told });

type Given = Trouble | undefined;
interface Failed {
  readonly code: string;
  readonly reason: string;
}

table<Given, Failed, unknown>(
  'trouble: reconcile fails at a request at noon',
  (before, failed) => afterFailure(before, failed, NOON),
  [
    ['For the first time.', undefined, LOST, { trouble: since(NOON), alarm: false }],
    ['As a minute ago.', since(NOON - MINUTE), LOST, { trouble: since(NOON - MINUTE), alarm: false }],
    [
      'As ten minutes ago: a person is told.',
      since(NOON - 10 * MINUTE),
      LOST,
      { trouble: since(NOON - 10 * MINUTE, true), alarm: true },
    ],
    [
      'And not told again.',
      since(NOON - 60 * MINUTE, true),
      LOST,
      { trouble: since(NOON - 60 * MINUTE, true), alarm: false },
    ],
    [
      'By another code: it begins again.',
      since(NOON - 60 * MINUTE, true),
      { ...LOST, code: 'UNAVAILABLE' },
      { trouble: { ...LOST, code: 'UNAVAILABLE', since: NOON, told: false }, alarm: false },
    ],
    [
      'By another reason: it begins again.',
      since(NOON - 60 * MINUTE),
      { ...LOST, reason: 'rpc: busy' },
      { trouble: { ...LOST, reason: 'rpc: busy', since: NOON, told: false }, alarm: false },
    ],
  ],
);

test('it is read as it was written, and what no function writes is not read', () => {
  const { trouble } = afterFailure(undefined, { code: 'BUG', reason: 'x'.repeat(5000) }, NOON);
  expect(trouble.reason).toHaveLength(300);
  expect(readTrouble(troubleText(trouble))).toEqual(trouble);
  for (const text of [undefined, '', '{}', '[]', '{"code":"BUG","reason":"x","since":"now","told":false}'])
    expect(readTrouble(text)).toBeUndefined();
});
