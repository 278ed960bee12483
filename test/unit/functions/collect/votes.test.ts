import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const DELAYED = {
  wallet: {
    policy: {
      rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true }],
      delays: [{ name: 'all', seconds: 600, aboveWei: '0' }],
    },
  },
};

/** What collect lists of the places of co-signers from now on, as `alice/shares`. */
const listing = (s: Pipeline): (() => readonly string[]) => {
  s.storage.calls.length = 0;
  const place = new RegExp(`^list ${s.buckets.keys}/([a-z0-9-]+/(?:shares|rejections))/`);
  return () => s.storage.calls.flatMap((call) => place.exec(call)?.[1] ?? []).sort();
};

const coSigners = (s: Pipeline, id: string): unknown => Object(s.fact(id, 'approved')).coSigners;

describe('a share that comes is counted by few listings', () => {
  test('too few: the shares of each place, and nobody’s rejection; the mark is left alone', async () => {
    const s = stage();
    const id = await s.ask();
    const listed = listing(s);
    await s.upload('alice', id);
    expect(listed()).toEqual(['alice/shares', 'bob/shares', 'holder-3/shares']);
    expect(s.storage.calls.filter((call) => call.startsWith('patch'))).toEqual([]);
    expect(coSigners(s, id)).toBeUndefined();
  });

  test('enough: so many places as make it enough, and their rejections', async () => {
    const s = stage();
    const id = await s.ask();
    await s.upload('alice', id);
    const listed = listing(s);
    await s.upload('bob', id);
    expect(listed()).toEqual(['alice/rejections', 'alice/shares', 'bob/rejections', 'bob/shares']);
    expect(coSigners(s, id)).toEqual(['alice', 'bob']);
  });

  test('the request is read once, and its facts are not listed before its approval', async () => {
    const s = stage();
    const id = await s.ask();
    s.storage.calls.length = 0;
    await s.approve(id);
    const results = s.storage.calls.filter((call) => call.includes(`${s.buckets.results}/requests/`));
    expect(results.filter((call) => call.startsWith('read'))).toHaveLength(1);
    expect(results.filter((call) => call.startsWith('list'))).toEqual([]);
  });

  test('one that comes when all is over lists no place', async () => {
    const s = stage();
    const id = await s.submit();
    const listed = listing(s);
    await s.upload('holder-3', id);
    expect(listed()).toEqual([]);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'collect.ignore', fields: { code: 'SHARE_LATE' } });
  });
});

describe('what few listings must not miss', () => {
  test('a notification that never came: its share is found with the next', async () => {
    const s = stage();
    const id = await s.ask();
    await s.upload('holder-3', id, { notify: false });
    await s.upload('bob', id);
    expect(coSigners(s, id)).toEqual(['bob', 'holder-3']);
  });

  test('a rejection beside a share, told by nobody: the share does not count, and another does', async () => {
    const s = stage();
    const id = await s.ask();
    s.reject('alice', id);
    await s.upload('alice', id);
    await s.upload('bob', id);
    expect(coSigners(s, id)).toBeUndefined();
    await s.upload('holder-3', id);
    expect(coSigners(s, id)).toEqual(['bob', 'holder-3']);
  });

  test.each(['shares', 'rejections'])(
    'a place whose %s cannot be listed: it approves nothing, and keeps nobody',
    async (what) => {
      const s = stage();
      const id = await s.ask();
      await s.upload('alice', id);
      s.storage.fault = (call, _, name) =>
        call === 'list' && name.startsWith(`alice/${what}/`) ? new KeyturnError('PERMISSION_DENIED', 'no') : undefined;
      await s.upload('bob', id);
      expect(coSigners(s, id)).toBeUndefined();
      await s.upload('holder-3', id);
      expect(coSigners(s, id)).toEqual(['bob', 'holder-3']);
    },
  );

  test('two rejections, of which each is told: the second makes the close due', async () => {
    const s = stage();
    const id = await s.ask();
    for (const coSigner of ['alice', 'bob']) await s.notify(s.reject(coSigner, id));
    await s.tick(0);
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected' });
  });

  test('a delay: every place is listed, rejections too', async () => {
    const s = stage(DELAYED);
    const id = await s.ask();
    await s.upload('alice', id);
    s.reject('holder-3', id);
    const listed = listing(s);
    await s.upload('bob', id);
    expect(listed()).toHaveLength(6);
    expect(coSigners(s, id)).toBeUndefined();
  });

  test('a mark that says "received", as after a withdrawal: everything is read', async () => {
    const s = stage();
    const id = await s.submit();
    await s.storage.setMetadata(s.buckets.work, `open/hot/${id}`, { stage: 'received' });
    await s.upload('holder-3', id);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'collect.ignore', fields: { code: 'SHARE_LATE' } });
  });

  test('a mark that lags: what was approved before is announced again, and stays as it was', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    await s.storage.setMetadata(s.buckets.work, `open/hot/${id}`, { stage: 'accepted' });
    const before = s.announced('keyturn.turn.due', id).length;
    await s.upload('holder-3', id);
    expect(coSigners(s, id)).toEqual(['alice', 'bob']);
    expect(s.announced('keyturn.turn.due', id)).toHaveLength(before + 1);
  });
});
