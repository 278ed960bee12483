import { describe, expect, test } from 'vitest';
import { votesIn } from '#core/shares/list.ts';
import { SharePlaces } from '#core/shares/places.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { stage } from '#test/support/stage.ts';

const NAMES = ['alice', 'bob', 'holder-3'];
const idOf = (n: number): string => n.toString(16).padStart(64, '0');

/** A place with votes on 30 requests: shares under several names and generations, rejections live and archived, and what is none of these. */
const filled = () => {
  const s = stage();
  const bytes = new Uint8Array(8);
  for (let n = 0; n < 30; n++)
    for (const [at, name] of NAMES.entries()) {
      const put = (path: string) => s.storage.put(s.buckets.keys, `${name}/${path}`, bytes);
      if ((n + at) % 2 === 0) put(`shares/${idOf(n)}`);
      if ((n + at) % 3 === 0) for (let m = 0; m < 2 + 10 * at; m++) put(`shares/${idOf(n)}/again-${m}`);
      if ((n + at) % 5 === 0) put(`rejections/${idOf(n)}`);
      if ((n + at) % 10 === 0) s.storage.archive(s.buckets.keys, `${name}/rejections/${idOf(n)}`);
      if ((n + at) % 4 === 0) put(`predictions/${idOf(n)}`);
      put(`shares/${idOf(n)}x`);
      put(`rejections/${idOf(n)}/more`);
    }
  s.storage.calls.length = 0;
  return s;
};

describe('the places of co-signers, listed once for many requests', () => {
  test('show of each request what a listing for it alone shows', async () => {
    const s = filled();
    const ids = Array.from({ length: 30 }, (_, n) => idOf(n));
    const places = new SharePlaces(() => s.storage, s.config.law, new Set(ids));
    const listed = [];
    for (const id of ids) for (const name of NAMES) listed.push(await places.votesOf(name, id));
    expect(s.storage.calls).toHaveLength(3);
    const alone = [];
    for (const id of ids)
      for (const name of NAMES) {
        const location = coSignerNamed(s.config.law, name)?.shareLocation;
        if (location !== undefined) alone.push(await votesIn(s.storage, location, id));
      }
    expect(listed).toEqual(alone);
    expect(listed.filter(({ rejection }) => rejection !== undefined).length).toBeGreaterThan(5);
    expect(listed.filter(({ shares }) => shares.length > 1).length).toBeGreaterThan(5);
  });

  test('of one that is not among them nothing but its own is listed, and no failure of another listing is left over', async () => {
    const s = filled();
    // The whole place. Nobody would wait for it, and a rejection that nobody handles ends a process.
    s.storage.fault = (call, _, name) =>
      call === 'list' && name === 'alice/' ? new KeyturnError('UNAVAILABLE', 'for a test') : undefined;
    const places = new SharePlaces(() => s.storage, s.config.law, new Set());
    expect((await places.votesOf('alice', idOf(4))).shares).toHaveLength(1);
    expect(s.storage.calls.filter((call) => call.endsWith('/alice/'))).toEqual([]);
  });

  test.each([1, 3, 50])(
    'one that is larger than its %i requests is read no further than they pay for',
    async (count) => {
      const s = stage();
      for (let n = 0; n < 30_000; n++) s.storage.put(s.buckets.keys, `alice/shares/${idOf(n)}`, new Uint8Array(1));
      s.storage.calls.length = 0;
      const ids = Array.from({ length: count }, (_, n) => idOf(n));
      const places = new SharePlaces(() => s.storage, s.config.law, new Set(ids));
      for (const id of ids) expect((await places.votesOf('alice', id)).shares).toHaveLength(1);
      expect(s.storage.calls).toHaveLength(Math.min(count, 20) + 2 * count);
    },
  );

  test('one that cannot be listed fails for each request, and is asked once', async () => {
    const s = filled();
    s.storage.fault = () => new Error('no');
    const places = new SharePlaces(() => s.storage, s.config.law, new Set([idOf(0), idOf(1)]));
    await expect(places.votesOf('alice', idOf(0))).rejects.toThrow('no');
    await expect(places.votesOf('alice', idOf(1))).rejects.toThrow('no');
    expect(s.storage.calls).toHaveLength(1);
  });
});
