import { describe, expect, test } from 'vitest';
import type { ForkHint } from '#adapters/chain/hints.ts';
import { forkCheck, forkFinding } from '#cli/doctor/check-forks.ts';
import type { Level } from '#cli/doctor/finding.ts';
import type { Fork } from '#schemas/gas-rules.ts';
import { stageOf } from '#test/support/cli/people.ts';

const time = (text: string): number => Date.parse(text);
const NOW = time('2027-01-10T00:00:00Z');
const OSAKA: Fork = { name: 'osaka', at: undefined };
const undated: Fork[] = [OSAKA, { name: 'amsterdam', at: undefined }];
const dated = (at: string): Fork[] => [OSAKA, { name: 'amsterdam', at: time(at) }];
const since = (at: string, next?: string, blobsOnly = false): ForkHint => ({
  since: time(at),
  next: next === undefined ? undefined : { at: time(next), blobsOnly },
});
const OLD = '2025-12-03T00:00:00Z';
const MARCH = '2027-03-01T12:00:00Z';

describe('what the law says of forks beside what a node does', () => {
  test.each<[string, readonly Fork[], ForkHint | undefined, Level, RegExp]>([
    ['a node without eth_config', undated, undefined, 'unchecked', /tells nothing of forks/],
    ['nothing to come, and no date', undated, since(OLD), 'ok', /knows of no other/],
    ['a fork of blobs alone', undated, since(OLD, MARCH, true), 'ok', /knows of no other/],
    ['a fork announced, and no date', undated, since(OLD, MARCH), 'warn', /announces a fork at 2027-03-01T12:00:00Z/],
    ['the same date', dated(MARCH), since(OLD, MARCH), 'ok', /amsterdam from 2027-03-01T12:00:00Z/],
    ['another date', dated('2027-04-01T00:00:00Z'), since(OLD, MARCH), 'warn', /announces a fork at 2027-03-01/],
    ['a date that no node knows', dated(MARCH), since(OLD), 'warn', /knows of none to come/],
    [
      'a date that has passed, and so it did',
      dated('2027-01-01T00:00:00Z'),
      since('2027-01-01T00:00:00Z'),
      'ok',
      /no other/,
    ],
    ['a date that passed hours ago', dated('2027-01-09T12:00:00Z'), since(OLD), 'ok', /no other/],
    [
      'a date that passed without it',
      dated('2027-01-01T00:00:00Z'),
      since(OLD),
      'warn',
      /newest fork of its node is of 2025-12-03/,
    ],
    ['a fork that the law does not name', [OSAKA], since(OLD, MARCH), 'warn', /counts osaka; its node announces/],
  ])('%s', (_, forks, hint, level, what) => {
    const found = forkFinding('chain 1', forks, hint, NOW);
    expect(found.level).toBe(level);
    expect(found.what).toMatch(what);
    expect(found.todo === '').toBe(level !== 'warn');
  });

  test('a law without amsterdam is told which texts this version follows', () => {
    expect(forkFinding('chain 1', [OSAKA], since(OLD, MARCH), NOW).todo).toContain('EIP-2780 of 2026-08-04');
  });

  test('each chain of a wallet is asked about once', async () => {
    const { session } = stageOf({ forks: since(OLD) });
    expect(await forkCheck.look(session)).toEqual([
      { level: 'ok', what: 'chain 31337: the law counts osaka; its node knows of no other', todo: '' },
    ]);
  });
});
