import { describe, expect, test } from 'vitest';
import { closeBytes } from '#core/register/entry.ts';
import { limitsOf } from '#core/register/limits.ts';
import {
  closeBelieved,
  closeCounts,
  closeStands,
  type ListedEntry,
  mayRelease,
  type RegisterView,
} from '#core/register/rules.ts';
import { sealObject } from '#schemas/names.ts';
import { timeMs } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const place = (s: Pipeline, seq: number): string => sealObject('31337', s.wallet.address, BigInt(seq));
const closesOf = (s: Pipeline, id: string): number =>
  s.seals().filter((name) => JSON.stringify(s.storage.json(s.buckets.register, name)).includes(id)).length;

describe('threat 55: a close that is listed and not believed yet', () => {
  /**
   * A thousand closes of others above the newest seal. A new one lies on the second page, where a listing of the same moment proves
   * nothing.
   */
  const crowded = async () => {
    const s = stage();
    const id = await s.ask();
    s.clock.advance(HOUR + MINUTE);
    const bytes = closeBytes([{ id: 'ab'.repeat(32), code: 'REJECTED', reason: 'of another' }]);
    for (let seq = 1; seq < 1_050; seq++) s.storage.put(s.buckets.register, place(s, seq), bytes);
    return { s, id };
  };

  test('is not written again, by however many ticks; it is alarmed, and believed as soon as a read may', async () => {
    const { s, id } = await crowded();
    for (let n = 0; n < 3; n++) {
      await s.storage.setMetadata(s.buckets.work, `open/hot/${id}`, { stage: 'accepted' });
      await s.tick(0);
    }
    expect([closesOf(s, id), s.outcome(id)]).toEqual([1, undefined]);
    expect(s.log.codes('alarm')).toContain('CONTENDED');
    await s.tick();
    expect([closesOf(s, id), s.outcome(id)]).toMatchObject([1, { outcome: 'expired' }]);
  });
});

describe('which close stands', () => {
  const s = stage();
  const limits = { ...limitsOf(s.config.law), retention: 9 * 24 * HOUR };
  const validUntil = timeMs(s.requestOf().validUntil) ?? 0;
  const id = 'cd'.repeat(32);
  const close = (timeCreated: number, over: Partial<ListedEntry> = {}): ListedEntry => ({
    name: '',
    generation: '1',
    seq: 5n,
    timeCreated,
    early: false,
    entry: { kind: 'close', items: [{ id, code: 'REJECTED', reason: '' }], rawHash: '' },
    ...over,
  });
  const view = (entries: readonly ListedEntry[], at = validUntil): RegisterView => ({
    entries,
    taken: new Set(),
    at,
    since: validUntil - limits.maxValidity - limits.slack,
  });

  test.each<[string, ListedEntry[], boolean, boolean]>([
    ['none', [], false, false],
    ['one that was there before', [close(validUntil - HOUR, { early: true })], true, true],
    ['one that may have come during the listing', [close(validUntil - HOUR)], true, false],
    ['one made too early', [close(validUntil - limits.maxValidity - 1, { early: true })], false, false],
    [
      'that of another',
      [close(validUntil, { early: true, entry: { kind: 'close', items: [], rawHash: '' } })],
      false,
      false,
    ],
  ])('%s', (_, entries, stands, believed) => {
    expect(closeStands(id, validUntil, view(entries), limits)).toBe(stands);
    expect(closeBelieved(id, validUntil, view(entries), limits) !== undefined).toBe(believed);
  });

  test('threat 55: two minutes are left for a seal that a clock ahead of its time made early: it lapses before the close does', () => {
    const last = validUntil - limits.maxValidity - 2 * MINUTE + limits.retention;
    const entries = [close(validUntil - HOUR, { early: true })];
    expect([closeCounts(last, validUntil, limits), closeCounts(last + 1, validUntil, limits)]).toEqual([true, false]);
    const believed = (at: number) => closeBelieved(id, validUntil, view(entries, at), limits) !== undefined;
    expect([believed(last), believed(last + 1)]).toEqual([true, false]);
    const since = validUntil - limits.maxValidity - 2 * MINUTE;
    const released = (from: number) => mayRelease({ ...view([]), since: from }, validUntil, limits);
    expect([released(since), released(since + 1)]).toEqual([true, false]);
  });
});
