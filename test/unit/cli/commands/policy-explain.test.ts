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
/** The same law with two delays of ether. */
const delayedLaw = () => {
  const delays = [
    { name: 'short', seconds: 600, aboveWei: `${ETHER / 10n}` },
    { name: 'long', seconds: 7200, aboveWei: `${ETHER}` },
  ];
  const text = JSON.stringify(LAW.wallets).replace('"windows":', `"delays":${JSON.stringify(delays)},"windows":`);
  return { ...LAW, wallets: JSON.parse(text) };
};
const REQUEST = requestOf({ value: `${ETHER / 2n}` });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-explain-'));
  const file = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  file('request.json', REQUEST);
  file('law.json', LAW);
  file('delays.json', delayedLaw());
  file('opaque.json', { ...REQUEST, data: '0xdeadbeef', gasLimit: '90000' });
  file('small.json', { ...REQUEST, value: '1' });
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

describe('policy explain tells the delay', () => {
  const json = async (file: string) => JSON.parse((await offline(file, true, 'delays.json')).text);

  test('how long, which limit asks for it, and who may veto', async () => {
    expect(await json('request.json')).toMatchObject({
      delay: { seconds: 600, askedBy: 'short', mayVeto: ['alice', 'bob', 'carol'] },
      delays: [
        { delay: 'short', seconds: 600, token: null, amount: `${ETHER / 2n}`, above: `${ETHER / 10n}`, says: 'above' },
        { delay: 'long', seconds: 7200, token: null, amount: `${ETHER / 2n}`, above: `${ETHER}`, says: 'not above' },
      ],
    });
    const { text } = await offline('request.json', false, 'delays.json');
    expect(text).toContain(
      [
        '',
        'Delay',
        '  short, 10 min: applies: it moves or allows 500000000000000000 wei (0.5 ETH), above 100000000000000000 wei (0.1 ETH)',
        '  long, 2 h: does not apply: it moves or allows 500000000000000000 wei (0.5 ETH), not above 1000000000000000000 wei (1 ETH)',
        '  so: it waits 10 min after its approvals, as short asks',
        '  each of these may veto it: alice, bob, carol',
        '',
      ].join('\n'),
    );
  });

  test('what nobody can value has the longest', async () => {
    const { delay, delays } = await json('opaque.json');
    expect(delay).toMatchObject({ seconds: 7200, askedBy: 'long' });
    expect(delays.map(({ says }: { says: string }) => says)).toEqual(['above', 'unvalued']);
    expect((await offline('opaque.json', false, 'delays.json')).text).toContain(
      '  long, 2 h: applies: nobody can tell what it moves, and so every delay does\n',
    );
  });

  test('none that applies, and none in the law', async () => {
    expect(await json('small.json')).toMatchObject({
      delay: null,
      delays: [{ says: 'not above' }, { says: 'not above' }],
    });
    expect((await offline('small.json', false, 'delays.json')).text).not.toContain('may veto');
    const { delay, delays } = JSON.parse((await offline('request.json')).text);
    expect([delay, delays]).toEqual([null, []]);
    expect((await offline('request.json', false)).text).toContain('Delay\n  the policy of this wallet has none\n');
  });
});
