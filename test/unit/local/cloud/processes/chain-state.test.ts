import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChainState } from '#local/cloud/processes/chain-state.ts';
import { fullDisk } from '#test/support/local/full-disk.ts';
import { folder } from '#test/support/local/processes.ts';

/** A state as a node writes it, as far as we look. */
const stateAt = (block: number): string =>
  JSON.stringify({
    block: { number: block },
    accounts: {},
    best_block_number: `0x${block}`,
    blocks: [],
    transactions: [],
  });
const HALF = stateAt(9).slice(0, 40);
const read = (place: string, name: string): string => readFileSync(join(place, name), 'utf8');

describe('copies of the chain', () => {
  test('are made of what is whole, and the one before stays', () => {
    const place = folder();
    const state = new ChainState(place);
    expect([state.isNew, state.keep(), state.kept()]).toEqual([true, false, []]);
    for (const block of [1, 2, 3]) {
      writeFileSync(join(place, 'state.json'), stateAt(block));
      expect(state.keep()).toBe(true);
    }
    expect([read(place, 'good.json'), read(place, 'good.previous.json')]).toEqual([stateAt(3), stateAt(2)]);
    expect(state.keep(), 'nothing new').toBe(true);
    expect(read(place, 'good.previous.json')).toBe(stateAt(2));
    expect(new ChainState(place).keep(), 'nothing new after a restart').toBe(true);
    expect(read(place, 'good.previous.json')).toBe(stateAt(2));
  });

  test.each([
    ['half of one', HALF],
    ['nothing', ''],
    ['another JSON', '{}'],
    ['no JSON', 'state'],
  ])('%s is never copied', (_, text) => {
    const place = folder({ 'state.json': text, 'good.json': stateAt(1) });
    const state = new ChainState(place);
    expect(state.keep()).toBe(false);
    expect(read(place, 'good.json')).toBe(stateAt(1));
    expect(state.kept().map(({ name, isOlder }) => [name, isOlder])).toEqual([['good.json', true]]);
  });

  test.each([0, 20])('a disk with room for %i bytes leaves both as they were', (room) => {
    const place = folder({ 'state.json': stateAt(3), 'good.json': stateAt(2), 'good.previous.json': stateAt(1) });
    expect(() => new ChainState(place, fullDisk(room)).keep()).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect([read(place, 'good.json'), read(place, 'good.previous.json')]).toEqual([stateAt(2), stateAt(1)]);
    expect(readdirSync(place).toSorted()).toEqual(['good.json', 'good.previous.json', 'state.json']);
  });
});

test('an older one is put where the node reads it, and what was torn is kept for whoever wants to look', () => {
  const place = folder({ 'state.json': HALF, 'good.json': HALF, 'good.previous.json': stateAt(1) });
  const state = new ChainState(place);
  const [only, ...more] = state.kept();
  expect(more).toEqual([]);
  if (only !== undefined) state.place(only);
  expect([read(place, 'state.json'), read(place, 'state.torn.json')]).toEqual([stateAt(1), HALF]);
});
