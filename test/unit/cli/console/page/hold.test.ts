import { describe, expect, test } from 'vitest';
import { afterHold, HOLD_MS, type Hold, type HoldEvent, IDLE } from '#cli/console/page/hold.ts';

const went = (...events: readonly HoldEvent[]): Hold => events.reduce(afterHold, IDLE);
const down = (at: number, by: 'pointer' | 'key' = 'pointer'): HoldEvent => ({ kind: 'down', by, at });

describe('a button that must be held', () => {
  test('is done at its time, and not a millisecond before', () => {
    expect(HOLD_MS).toBe(1500);
    expect(went(down(100), { kind: 'tick', at: 1599 }).kind).toBe('held');
    expect(went(down(100), { kind: 'tick', at: 1600 }).kind).toBe('done');
    expect(went(down(100), { kind: 'up', at: 1599 }).kind).toBe('early');
    expect(went(down(100), { kind: 'up', at: 1600 }).kind).toBe('done');
  });

  test('a key that repeats does not begin again, nor does a second finger', () => {
    expect(went(down(0, 'key'), down(1000, 'key'), { kind: 'tick', at: 1500 }).kind).toBe('done');
    expect(went(down(0), down(1400, 'key'), { kind: 'up', at: 1450 }).kind).toBe('early');
  });

  test('a pointer or a focus that goes away begins anew', () => {
    expect(went(down(0), { kind: 'cancel' }).kind).toBe('idle');
    expect(went(down(0), { kind: 'cancel' }, { kind: 'tick', at: 9000 }).kind).toBe('idle');
    expect(went(down(0), { kind: 'cancel' }, down(1000), { kind: 'up', at: 2000 }).kind).toBe('early');
  });

  test('two short presses are not one long one', () => {
    expect(went(down(0), { kind: 'up', at: 900 }, down(1000), { kind: 'up', at: 1900 }).kind).toBe('early');
  });

  test('a click without a press is told of the other way, and approves nothing', () => {
    expect(went({ kind: 'click' }).kind).toBe('refused');
    expect(went(down(0), { kind: 'up', at: 10 }, { kind: 'click' }).kind).toBe('early');
  });

  test('what is done is done once', () => {
    const done = went(down(0), { kind: 'tick', at: 1500 });
    for (const event of [down(1), { kind: 'up', at: 9 }, { kind: 'cancel' }, { kind: 'click' }] as const)
      expect(afterHold(done, event)).toBe(done);
  });
});
