import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReplayOptions, replayPolicy } from '#cli/commands/policy-replay.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { parseLaw } from '#schemas/config.ts';
import { lawObject, requestObject, submittedObject } from '#schemas/names.ts';
import { lawJson, NOW, requestOf, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';

const ETHER = 10n ** 18n;
const lawOf = (rules: readonly Record<string, unknown>[], over: Record<string, unknown> = {}) => {
  const [wallet] = lawJson().wallets as unknown as readonly Record<string, unknown>[];
  return lawJson({ wallets: [{ ...wallet, policy: { rules } }], ...over });
};
const upTo = (name: string, ether: bigint, over: Record<string, unknown> = {}) => ({
  ...{ name, effect: 'allow', destinations: ['*'], selectors: ['0x'], maxValueWei: `${ether * ETHER}` },
  ...over,
});
/** 1 ETH with two approvals as now, 5 ETH with three, and no more. */
const PROPOSED = lawOf([upTo('any', 1n), upTo('large', 5n, { approvals: 3 })]);
/** As now, and no more than 5 ETH in any day. Each request takes its value and at most 0.00084 ETH of fees. */
const WINDOWED = (() => {
  const [wallet] = lawJson().wallets as unknown as readonly { policy: object }[];
  const windows = [{ name: 'daily', seconds: 86_400, maxWei: `${5n * ETHER}` }];
  return lawJson({ wallets: [{ ...wallet, policy: { ...wallet?.policy, windows } }] });
})();
const VALUES = [1n, 2n, 3n, 4n, 5n, 6n];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-replay-'));
  const file = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  file('proposed.json', PROPOSED);
  file('same.json', lawJson());
  file('other-name.json', lawOf([upTo('some', 10n)]));
  const [wallet] = lawJson().wallets as unknown as readonly Record<string, unknown>[];
  file('no-wallet.json', lawJson({ wallets: [{ ...wallet, name: 'other' }] }));
  file('windows.json', WINDOWED);
  writeFileSync(join(folder, 'twice.json'), JSON.stringify(PROPOSED).replace('{', '{"name":"other",'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stage = (json = true) => {
  const staged = stageOf({ json });
  const ids = VALUES.map((ether) => staged.accept(requestOf({ value: `${ether * ETHER}`, reference: `pay-${ether}` })));
  return { ...staged, ids };
};
const run = async (staged: ReturnType<typeof stage>, options: Partial<ReplayOptions> = {}) => {
  const code = await replayPolicy(staged.session, folder, { law: 'proposed.json', ...options });
  return { code, text: staged.stdout.text };
};

test('says in words what a proposed law would change, worst first', async () => {
  const staged = stage(false);
  const { code, text } = await run(staged);
  expect(code).toBe(1);
  expect(text).toMatch(/This one would be refused:[\s\S]*These 4 would now need 3 approvals:/);
  expect(text).toMatch(/6 requests, 1 would not change/);
  expect(text).toContain(staged.ids[5]);
});

test('says it to a program', async () => {
  const staged = stage();
  const { text } = await run(staged);
  const { ok, changed, unread, requests, proposedHash } = JSON.parse(text);
  expect([ok, changed, unread, proposedHash]).toEqual([false, 5, [], parseLaw(PROPOSED).lawHash]);
  const found = new Map(requests.map((one: { id: string; change: string }) => [one.id, one.change]));
  expect(staged.ids.map((id) => found.get(id))).toEqual(['same', ...Array(4).fill('other approvals'), 'refused']);
});

test('of a law that changes no verdict ends with 0', async () => {
  const { code, text } = await run(stage(), { law: 'same.json' });
  expect([code, JSON.parse(text).changed]).toEqual([0, 0]);
});

test.each([
  ['other-name.json', 'other rule'],
  ['no-wallet.json', 'not judged'],
])('under %s: %s', async (law, change) => {
  const { code, text } = await run(stage(), { law });
  expect(code).toBe(1);
  expect(new Set(JSON.parse(text).requests.map((one: { change: string }) => one.change))).toEqual(new Set([change]));
});

test('takes those alone that were stored since', async () => {
  expect(JSON.parse((await run(stage(), { since: '30s' })).text).requests).toEqual([]);
  expect(JSON.parse((await run(stage(), { since: '2m' })).text).requests).toHaveLength(VALUES.length);
});

test('one that is not what its name says is named, and hides no other', async () => {
  const staged = stage();
  const { results } = staged.session.deployment.buckets;
  const id = 'a'.repeat(64);
  const request = requestOf({ value: '1' });
  staged.storage.put(results, requestObject(id), {
    id,
    walletAddress: WALLET_ADDRESS,
    lawHash: id,
    request: { ...request },
  });
  const { code, text } = await run(staged, { law: 'same.json' });
  const { unread, requests } = JSON.parse(text);
  expect([code, requests.length]).toEqual([1, VALUES.length]);
  expect(unread).toMatchObject([{ id, why: expect.stringMatching(/^what is stored there hashes to [0-9a-f]{64}$/) }]);
});

test('compares with the law of its acceptance, where that is kept', async () => {
  const staged = stage();
  const { buckets, config } = staged.session.deployment;
  const gone = await run(stage(), { accepted: true });
  expect(JSON.parse(gone.text).unread).toHaveLength(VALUES.length);
  staged.storage.put(buckets.results, lawObject(config.lawHash), new TextEncoder().encode(canonicalText(lawJson())));
  const { text } = await run(staged, { accepted: true });
  expect(JSON.parse(text)).toMatchObject({ changed: 5, unread: [], lawHash: null });
});

test.each([
  ['a law with a doubled key', { law: 'twice.json' }, 'MALFORMED'],
  ['a law that is not there', { law: 'gone.json' }, 'NOT_FOUND'],
  ['a time that is none', { since: 'yesterday' }, 'USAGE'],
])('refuses %s', async (_, options, code) => {
  await expect(run(stage(), options)).rejects.toMatchObject({ code });
});

test('a time is counted from now', () => {
  // What the stage stores is a minute old: the numbers above rest on it.
  expect(stageOf().storage.put('lab-results', 'x', {}).timeCreated).toBe(NOW - 60_000);
});

describe('windows', () => {
  const HOUR = 3_600_000;
  type Sent = { readonly ether: bigint; readonly hours?: number; readonly nonce?: string; readonly over?: object };

  /** `hours`: of its seal, before now; without it, it was never sealed. All were asked for at the same time, and stored in any order. */
  const sentStage = (all: readonly Sent[], law?: Record<string, unknown>) => {
    const staged = stageOf({ json: true, ...(law === undefined ? {} : { law }) });
    const { storage } = staged;
    const ids = all.map(({ ether, hours, nonce = '0', over }, n) => {
      storage.now = () => NOW - 100 * HOUR;
      const id = staged.accept(requestOf({ value: `${ether * ETHER}`, reference: `pay-${n}`, ...over }));
      if (hours === undefined) return id;
      storage.now = () => NOW - hours * HOUR;
      storage.put('lab-results', submittedObject(id), {
        ...{ id, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: `${nonce === '0' ? n : nonce}` },
        ...{ transactionHashes: [`0x${'1'.repeat(64)}`], approvedBy: ['alice', 'bob'], seal: 's' },
      });
      return id;
    });
    return { staged, ids };
  };
  const changes = async (all: readonly Sent[], options: Partial<ReplayOptions> = {}, law?: Record<string, unknown>) => {
    const { staged, ids } = sentStage(all, law);
    const code = await replayPolicy(staged.session, folder, { law: 'windows.json', ...options });
    const { requests } = JSON.parse(staged.stdout.text);
    type Told = { id: string; change: string; window: string | null };
    const found = new Map(requests.map((one: Told) => [one.id, `${one.change} ${one.window}`]));
    return [code, ...ids.map((id) => found.get(id))];
  };

  test('are filled in the order of the seals, whatever order the listing has', async () => {
    expect(
      await changes([
        { ether: 2n, hours: 1 },
        { ether: 2n, hours: 3 },
        { ether: 2n, hours: 2 },
      ]),
    ).toEqual([1, 'waits daily', 'same null', 'same null']);
  });

  test('are empty again a day later', async () => {
    const all = [
      { ether: 4n, hours: 50 },
      { ether: 4n, hours: 26 },
      { ether: 4n, hours: 2 },
    ];
    expect(await changes(all)).toEqual([0, 'same null', 'same null', 'same null']);
    expect(
      await changes([
        { ether: 4n, hours: 25 },
        { ether: 4n, hours: 2 },
      ]),
    ).toEqual([1, 'same null', 'waits daily']);
  });

  test('hold nothing of what was never sealed, of what would have waited, and of what is refused', async () => {
    expect(await changes([{ ether: 4n }, { ether: 4n, hours: 3 }])).toEqual([0, 'same null', 'same null']);
    const waited = [
      { ether: 3n, hours: 4 },
      { ether: 3n, hours: 3 },
      { ether: 1n, hours: 2 },
    ];
    expect(await changes(waited)).toEqual([1, 'same null', 'waits daily', 'same null']);
    expect(
      await changes([
        { ether: 6n, hours: 4 },
        { ether: 4n, hours: 3 },
      ]),
    ).toEqual([1, 'refused null', 'same null']);
  });

  test('count a replacement and what it replaces once, the dearest', async () => {
    const all = [
      { ether: 4n, hours: 3, nonce: '7' },
      { ether: 3n, hours: 2, nonce: '7' },
    ];
    expect(await changes(all)).toEqual([0, 'same null', 'same null']);
  });

  test('count what was sealed before --since, and tell of nothing that is older', async () => {
    const { staged, ids } = sentStage([{ ether: 3n, hours: 90 }]);
    staged.storage.now = () => NOW - 80 * HOUR;
    const late = staged.accept(requestOf({ value: `${3n * ETHER}`, reference: 'late' }));
    staged.storage.put('lab-results', submittedObject(late), {
      ...{ id: late, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: '9' },
      ...{ transactionHashes: [`0x${'1'.repeat(64)}`], approvedBy: ['alice', 'bob'], seal: 's' },
    });
    await replayPolicy(staged.session, folder, { law: 'windows.json', since: '85h' });
    const { requests } = JSON.parse(staged.stdout.text);
    expect(requests).toMatchObject([{ id: late, change: 'waits', window: 'daily' }]);
    expect(requests.map(({ id }: { id: string }) => id)).not.toContain(ids[0]);
  });

  test('that the law before has as well change nothing', async () => {
    const all = [
      { ether: 3n, hours: 4 },
      { ether: 3n, hours: 3 },
    ];
    expect(await changes(all, {}, WINDOWED)).toEqual([0, 'same null', 'same daily']);
  });

  test('are told in words', async () => {
    const { staged } = sentStage([
      { ether: 3n, hours: 4 },
      { ether: 3n, hours: 3 },
    ]);
    const words = stageOf({ json: false, ports: { storage: async () => staged.storage } });
    await replayPolicy(words.session, folder, { law: 'windows.json' });
    expect(words.stdout.text).toContain('This one would have waited for room in a window:\n');
    expect(words.stdout.text).toContain(
      'after:  allowed by rule any, with 2 approvals; no room in window daily when it was sealed\n',
    );
  });
});
