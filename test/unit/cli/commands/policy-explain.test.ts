import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainOffline, explainOnline } from '#cli/commands/policy-explain.ts';
import { windowRooms } from '#cli/policy/room.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import { BOB, lawJson, requestOf, stageOf, TOKEN } from '#test/support/cli/people.ts';

const ETHER = 10n ** 18n;
const RULES = [
  { name: 'not-bob', effect: 'deny', destinations: [BOB], selectors: ['0x095ea7b3'] },
  { name: 'small', effect: 'allow', destinations: ['*'], selectors: ['0x'], maxValueWei: `${ETHER / 10n}` },
  { name: 'large', effect: 'allow', destinations: ['*'], selectors: ['0x'], maxValueWei: `${ETHER}`, approvals: 3 },
  { name: 'token', effect: 'allow', destinations: [TOKEN], selectors: ['0xa9059cbb'] },
];
const WINDOWS = [{ name: 'daily', seconds: 86_400, maxWei: `${10n * ETHER}` }];
const LAW = (() => {
  const law = lawJson();
  const text = JSON.stringify(law.wallets).replace(
    /"policy":\{.*?\}\]\}/,
    `"policy":${JSON.stringify({ rules: RULES, windows: WINDOWS })}`,
  );
  return { ...law, wallets: JSON.parse(text) };
})();
const REQUEST = requestOf({ value: `${ETHER / 2n}` });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-explain-'));
  const file = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  file('request.json', REQUEST);
  file('law.json', LAW);
  file('denied.json', { ...REQUEST, value: `${2n * ETHER}` });
  file('unknown.json', { ...REQUEST, wallet: 'nobodys' });
  writeFileSync(join(folder, 'law-twice.json'), JSON.stringify(LAW).replace('{', '{"name":"other",'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const offline = async (file: string, json = true, law = 'law.json') => {
  const { session, stdout } = stageOf({ json });
  const code = await explainOffline({ out: session.out, folder }, file, law);
  return { code, text: stdout.text };
};

describe('policy explain from two files', () => {
  test('tells each rule, with the numbers of what is exceeded', async () => {
    const { code, text } = await offline('request.json');
    expect(code).toBe(0);
    const { verdict, calls, windows, room, requester, nonce } = JSON.parse(text);
    expect(verdict).toEqual({ kind: 'allowed', rule: 'large', approvals: 3 });
    expect([requester, nonce]).toEqual([null, null]);
    const [call] = calls;
    expect(call.rules.map((one: { says: string }) => one.says)).toEqual([
      'passed over',
      'exceeded',
      'allows',
      'other destination',
    ]);
    expect(call.rules[1].exceeded).toMatchObject([
      { limit: 'maxValueWei', field: 'value', given: '500000000000000000', most: '100000000000000000', token: null },
    ]);
    const fee = BigInt(REQUEST.gasLimit) * BigInt(REQUEST.maxFeePerGas);
    expect(windows).toEqual([
      {
        window: 'daily',
        seconds: 86_400,
        token: null,
        amount: `${ETHER / 2n + fee}`,
        most: `${10n * ETHER}`,
        fits: true,
        used: null,
        left: null,
      },
    ]);
    expect(room).toMatchObject({ known: false, why: '--law reads no register' });
  });

  test('says in words why a rule does not match, and that room is not known', async () => {
    const { text } = await offline('request.json', false);
    expect(text).toMatch(
      /allow small: does not match: value 500000000000000000 wei \(0\.5 ETH\) exceeds the cap of rule small/,
    );
    expect(text).toMatch(/allow large: matches: it asks for 3 approvals/);
    expect(text).toMatch(/allow token: does not match: it is for another destination/);
    expect(text).toMatch(/room left: not known/);
  });

  test('names the field of a denial once', async () => {
    const { text } = await offline('denied.json', false);
    expect(text).toMatch(/verdict: POLICY_DENIED by large: value 2000000000000000000 wei/);
  });

  test('ends with 1 where the policy denies', async () => {
    const { code, text } = await offline('denied.json');
    expect([code, JSON.parse(text).ok, JSON.parse(text).verdict.rule]).toEqual([1, false, 'large']);
  });

  test.each([
    ['unknown.json', 'law.json', 'UNKNOWN_WALLET'],
    ['request.json', 'law-twice.json', 'MALFORMED'],
  ])('%s under %s: %s', async (file, law, expected) => {
    await expect(offline(file, true, law)).rejects.toMatchObject({ code: expected });
  });
});

describe('room left', () => {
  const stage = () => stageOf({ json: true, law: LAW });
  const online = async (staged: ReturnType<typeof stage>) => {
    const code = await explainOnline(staged.session, folder, 'request.json');
    return { code, json: JSON.parse(staged.stdout.text) };
  };

  test('is all of an empty register', async () => {
    const { code, json } = await online(stage());
    expect(code).toBe(0);
    expect(json.windows[0]).toMatchObject({ used: '0', left: `${10n * ETHER}` });
    expect(json.room).toMatchObject({ known: true, sealed: false });
  });

  test.each([
    ['PERMISSION_DENIED', /you may not read the register/],
    ['UNAVAILABLE', /UNAVAILABLE: no network/],
  ] as const)('is not known after %s, and never told as room', async (code, why) => {
    const { session } = stage();
    const { law } = session.deployment.config;
    const wallet = walletNamed(law, 'treasury');
    if (wallet === undefined) throw new Error('no wallet');
    const failing = async () => Promise.reject(new KeyturnError(code, 'no network'));
    const found = await windowRooms(failing, session.deployment, { id: 'a'.repeat(64), request: REQUEST, wallet }, 0);
    expect(found).toMatchObject({ kind: 'unknown', why: expect.stringMatching(why) });
  });
});
