import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReplayOptions, replayPolicy } from '#cli/commands/policy-replay.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { parseLaw } from '#schemas/config.ts';
import { lawObject, requestObject } from '#schemas/names.ts';
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
