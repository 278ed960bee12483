import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashOf } from '#schemas/canonical.ts';
import {
  chainOf,
  coSignerNamed,
  horizonSeconds,
  parseConfig,
  parseLaw,
  parseOperations,
  walletNamed,
} from '#schemas/config.ts';
import { parseConfigText } from '#schemas/config-text.ts';
import type { EventKey } from '#schemas/event-keys.ts';
import { expectRefusal, thrownBy } from '#test/support/code.ts';
import { eventKeyVersion, MemoryEventKey } from '#test/support/event-keys.ts';
import { DESTINATION, plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';

const DAY = 86_400;
const split = splitOf(2, 3);
const wallet = (over: Record<string, unknown> = {}) => plainWallet(split, over);
const law = (over: Record<string, unknown> = {}) => plainLaw([wallet()], over);
const withRule = (over: Record<string, unknown>, policy: Record<string, unknown> = {}) =>
  plainLaw([
    wallet({ policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], ...over }], ...policy } }),
  ]);
const problemsOf = (value: unknown): string[] => thrownBy(() => parseLaw(value)).message.split('\n');

describe('a good configuration', () => {
  const config = parseConfig({ law: law(), operations: plainOperations() });

  test('has its defaults', () => {
    const [hot] = config.law.wallets;
    expect(hot).toMatchObject({ exclusive: true, policy: { requesterSignature: 'optional' } });
    expect(config.law.limits.maxValiditySeconds).toBe(DAY);
    expect(config.operations).toMatchObject({ confidentialType: 'SEV', bootLimitSeconds: 600, idleSeconds: 120 });
    expect(horizonSeconds(config.law)).toBe(DAY + 7200);
  });

  test('is frozen to the bottom', () => {
    const walk = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(walk));
    expect(walk(config)).toBe(true);
  });

  test('has the hash of the law as given, before defaults, in any order of keys', () => {
    expect(config.lawHash).toBe(hashOf(JSON.parse(JSON.stringify(law()))));
    expect(parseLaw(Object.fromEntries(Object.entries(law()).toReversed())).lawHash).toBe(config.lawHash);
    expect(parseLaw(law({ limits: { maxValiditySeconds: DAY } })).lawHash).not.toBe(config.lawHash);
  });

  test('is the same from its text', () => {
    expect(parseConfigText(JSON.stringify({ law: law(), operations: plainOperations() }))).toEqual(config);
  });

  test('finds wallets, co-signers and chains by name', () => {
    expect(walletNamed(config.law, 'hot')?.name).toBe('hot');
    expect(walletNamed(config.law, 'cold')).toBeUndefined();
    expect(coSignerNamed(config.law, 'bob')?.shareLocation).toEqual({ bucket: 'lab-keys', prefix: 'bob/' });
    expect(coSignerNamed(config.law, 'mallory')).toBeUndefined();
    expect(chainOf(config.law, '31337')?.trusted).toBe(true);
    expect(chainOf(config.law, '1')).toBeUndefined();
  });
});

describe('everything that is wrong is told in one message', () => {
  test('of both halves', () => {
    const error = thrownBy(() =>
      parseConfig({ law: { ...law(), version: 2, name: 'Lab' }, operations: plainOperations({ zones: [] }) }),
    );
    expect(error.code).toBe('CONFIG');
    expect(error.message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'law.version',
      'law.name',
      'operations.zones',
    ]);
  });

  test.each<[string, object, string[], boolean]>([
    ['one url', {}, ['https://a.example'], false],
    ['two', {}, ['https://a.example', 'secret:projects/p/secrets/s'], true],
    ['one of a trusted chain', { trusted: true }, ['https://a.example'], true],
    ['one of a chain that the law does not name', { chainId: '5' }, ['https://a.example'], true],
  ])('of both halves together: where no url alone decides, two must be there: %s', (_what, over, urls, isFine) => {
    const chain = { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, ...over };
    const ours = 'chainId' in over ? wallet({ chains: [{ chainId: '5', startNonce: '0' }] }) : wallet();
    const read = () =>
      parseConfig({
        law: plainLaw([ours], { chains: [chain] }),
        operations: plainOperations({ rpc: [{ chainId: '31337', urls }] }),
      });
    if (isFine) expect(read().operations.rpc[0]?.urls).toEqual(urls);
    else {
      const { code, message } = thrownBy(read);
      expect(code).toBe('CONFIG');
      expect(message).toMatch(/^operations\.rpc\.0\.urls: two different urls must agree .* chain 31337/);
      expect(message).not.toContain('a.example');
    }
  });

  test('of one law: two cross rules and a wallet at once', () => {
    const bad = plainLaw([wallet({ holders: [{ coSigner: 'mallory', index: 1 }] }), wallet()], {
      register: { projectNumber: '1', lock: 'required', retentionSeconds: DAY },
    });
    expect(problemsOf(bad)).toEqual([
      'law.wallets.0.holders: fewer holders than the threshold',
      'law.wallets: a wallet name stands twice',
      'law.wallets: an address stands twice: two wallets would share one nonce sequence',
      'law.wallets.0.holders: mallory is no co-signer',
      'law.register.retentionSeconds: must be at least 784800: the horizon, the longest window and 8 days',
    ]);
  });

  test.each([
    ['nothing', () => parseConfigText('null'), /^config: /],
    ['a half missing', () => parseConfigText('{"law":{}}'), /operations/],
    ['a third half', () => parseConfig({ law: law(), operations: plainOperations(), more: 1 }), /more/],
  ])('%s', (_, run, words) => {
    expectRefusal(run, 'CONFIG', undefined, words);
  });

  test('no JSON', () => {
    expectRefusal(() => parseConfigText('{'), 'CONFIG', 'config', /^the configuration is not JSON$/);
  });
});

const madeKeys = [1, 2, 3].map((n) => new MemoryEventKey(`events-${n}`, n).key);
const eventKey = (n: number): EventKey => {
  const key = madeKeys[n - 1];
  if (key === undefined) throw new Error(`no key ${n}`);
  return key;
};
const spkiOf = (namedCurve: string): string =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
/** The point (1, 1). */
const offCurve = Buffer.from(eventKey(1).publicKey, 'base64')
  .fill(0, 27)
  .fill(1, 58, 59)
  .fill(1, 90, 91)
  .toString('base64');
const withKey = (over: Record<string, unknown>) => law({ eventKeys: [{ ...eventKey(1), ...over }] });
const PUBLIC_KEY = 'law.eventKeys.0.publicKey: must be the public key of an EC_SIGN_P256_SHA256 key';

test('a law may name one event key, or two', () => {
  for (const eventKeys of [[eventKey(1)], [eventKey(2), eventKey(1)]])
    expect(parseLaw(law({ eventKeys })).law.eventKeys).toEqual(eventKeys);
  expect(parseLaw(law()).law.eventKeys).toBeUndefined();
});

describe('the law', () => {
  const chains = [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' } }];
  const [first, ...others] = plainLaw([]).coSigners as readonly Record<string, unknown>[];
  const coSigners = (over: Record<string, unknown>) => law({ coSigners: [{ ...first, ...over }, ...others] });

  test.each<[string, unknown, string]>([
    ['unknown key', law({ colour: 'red' }), 'law: Unrecognized key: "colour"'],
    ['no wallet', plainLaw([]), 'law.wallets: '],
    ['a chain twice', law({ chains: [...chains, ...chains] }), 'law.chains: a chain id stands twice'],
    ['a co-signer twice', coSigners({ name: 'bob' }), 'law.coSigners: a co-signer stands twice'],
    [
      'one share location for two',
      coSigners({ shareLocation: 'gs://lab-keys/bob/' }),
      'law.coSigners: two co-signers have one share location',
    ],
    [
      'a share location inside another: the outer grant covers it',
      coSigners({ shareLocation: 'gs://lab-keys/' }),
      "law.coSigners: bob's share location lies inside alice's",
    ],
    [
      'the same, deeper, and in the other order',
      coSigners({ shareLocation: 'gs://lab-keys/bob/alice/' }),
      "law.coSigners: alice's share location lies inside bob's",
    ],
    [
      'one release key for two',
      coSigners({ releaseKey: 'projects/bob/locations/global/keyRings/keyturn/cryptoKeys/release' }),
      'law.coSigners: two co-signers have one release key',
    ],
    [
      'a location without slash',
      coSigners({ shareLocation: 'gs://lab-keys/alice' }),
      'law.coSigners.0.shareLocation: ',
    ],
    ['a location elsewhere', coSigners({ shareLocation: 's3://lab-keys/' }), 'law.coSigners.0.shareLocation: '],
    ['a short key name', coSigners({ releaseKey: 'release' }), 'law.coSigners.0.releaseKey: must be the full resource'],
    ['a short provider', coSigners({ identityProvider: 'main' }), 'law.coSigners.0.identityProvider: must be //iam'],
    ['8 days of validity', law({ limits: { maxValiditySeconds: 8 * DAY } }), 'law.limits.maxValiditySeconds: '],
    [
      'a chain that calls no block final, by that block',
      law({ chains: [...chains, { chainId: '4689', name: 'iotex', finality: { kind: 'finalized' } }] }),
      'law.chains.1.finality: IoTeX calls no block finalized',
    ],
    ['an empty list of event keys', law({ eventKeys: [] }), 'law.eventKeys: '],
    ['three event keys', law({ eventKeys: [eventKey(1), eventKey(2), eventKey(3)] }), 'law.eventKeys: at most two'],
    [
      'two event keys of one name',
      law({ eventKeys: [eventKey(1), { ...eventKey(2), name: eventKey(1).name }] }),
      'law.eventKeys: two event keys have one name',
    ],
    [
      'one version twice',
      law({ eventKeys: [eventKey(1), { ...eventKey(2), version: eventKey(1).version }] }),
      'law.eventKeys: a version stands twice',
    ],
    [
      'one public key twice',
      law({ eventKeys: [eventKey(1), { ...eventKey(2), publicKey: eventKey(1).publicKey }] }),
      'law.eventKeys: a public key stands twice',
    ],
    [
      'versions of two keys',
      law({
        eventKeys: [eventKey(1), { ...eventKey(2), version: eventKey(2).version.replace('s/events/', 's/other/') }],
      }),
      'law.eventKeys: both must be versions of one CryptoKey',
    ],
    [
      'a key in place of a version',
      withKey({ version: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' }),
      'law.eventKeys.0.version: must be the full',
    ],
    ['version 0', withKey({ version: eventKeyVersion(0) }), 'law.eventKeys.0.version: must be the full'],
    ['a name with spaces', withKey({ name: 'my key' }), 'law.eventKeys.0.name: '],
    ['a public key as PEM', withKey({ publicKey: '-----BEGIN PUBLIC KEY-----' }), PUBLIC_KEY],
    ['no public key', withKey({ publicKey: '' }), PUBLIC_KEY],
    ['a public key with a line end', withKey({ publicKey: `${eventKey(1).publicKey}\n` }), PUBLIC_KEY],
    ['a public key of another curve', withKey({ publicKey: spkiOf('secp256k1') }), PUBLIC_KEY],
    ['a larger curve', withKey({ publicKey: spkiOf('P-384') }), PUBLIC_KEY],
    ['a public key that is cut', withKey({ publicKey: eventKey(1).publicKey.slice(0, -4) }), PUBLIC_KEY],
    ['a point off the curve', withKey({ publicKey: offCurve }), PUBLIC_KEY],
    ['a field more of an event key', withKey({ state: 'old' }), 'law.eventKeys.0: Unrecognized key: "state"'],
    ['unknown finality', law({ chains: [{ ...chains[0], finality: { kind: 'soon' } }] }), 'law.chains.0.finality'],
  ])('%s', (_, value, problem) => {
    expect(problemsOf(value)).toContainEqual(expect.stringContaining(problem));
  });

  test('a chain that calls no block final may count confirmations', () => {
    const iotex = { chainId: '4689', name: 'iotex', finality: { kind: 'confirmations', count: 12 } };
    expect(parseLaw(law({ chains: [...chains, iotex] })).law.chains).toHaveLength(2);
  });

  test.each(['gs://lab-keys-2/', 'gs://lab-keys/bo/', 'gs://lab-keys/bob-2/', 'gs://lab-keys/x/bob/'])(
    'a share location beside the others: %s',
    (shareLocation) => {
      expect(parseLaw(coSigners({ shareLocation })).law.coSigners).toHaveLength(16);
    },
  );

  test('retention of a locked register: horizon and 8 days are just enough', () => {
    const locked = (retentionSeconds: number) =>
      law({ register: { projectNumber: '1', lock: 'required', retentionSeconds } });
    expect(parseLaw(locked(9 * DAY + 7200)).law.register.lock).toBe('required');
    expect(problemsOf(locked(9 * DAY + 7199))).toEqual([
      'law.register.retentionSeconds: must be at least 784800: the horizon, the longest window and 8 days',
    ]);
  });
});

describe('a wallet', () => {
  const offCurve = `02${'0'.repeat(63)}5`;
  const [key = '', next = ''] = split.commitments;

  test.each<[string, Record<string, unknown>, string]>([
    ['threshold other than commitments', { threshold: 3 }, 'commitments: there must be exactly threshold commitments'],
    ['an address of another key', { address: DESTINATION }, 'commitments: the first is the public key of 0x'],
    [
      'commitments of another split',
      { commitments: splitOf(2, 3, 9).commitments },
      'commitments: the first is the pub',
    ],
    ['commitments in another order', { commitments: [next, key] }, 'commitments: the first is the public key of 0x'],
    ['a commitment off the curve', { commitments: [key, offCurve] }, 'commitments: one is no point of secp256k1'],
    ['an uncompressed commitment', { commitments: [key, `04${'a'.repeat(128)}`] }, 'commitments.1: Invalid string'],
    ['too few holders', { holders: [{ coSigner: 'alice', index: 1 }] }, 'holders: fewer holders than the threshold'],
    [
      'a co-signer twice',
      { holders: [1, 2].map((index) => ({ coSigner: 'alice', index })) },
      'holders: a co-signer or an index stands twice',
    ],
    [
      'an index twice',
      { holders: ['alice', 'bob'].map((coSigner) => ({ coSigner, index: 1 })) },
      'holders: a co-signer or an index stands twice',
    ],
    [
      'an unknown holder',
      { holders: ['alice', 'mallory'].map((coSigner, i) => ({ coSigner, index: i + 1 })) },
      'holders: mallory is no co-signer',
    ],
    ['index 17', { holders: [{ coSigner: 'alice', index: 17 }] }, 'holders.0.index: '],
    ['an unknown chain', { chains: [{ chainId: '1', startNonce: '0' }] }, 'chains: chain 1 is not among the chains'],
    ['a chain twice', { chains: Array(2).fill({ chainId: '31337', startNonce: '0' }) }, 'chains: a chain stands twice'],
    ['a nonce that is a number', { chains: [{ chainId: '31337', startNonce: 0 }] }, 'chains.0.startNonce: '],
    ['epoch 0', { epoch: 0 }, 'epoch: '],
  ])('%s', (_, over, problem) => {
    expect(problemsOf(plainLaw([wallet(over)]))).toContainEqual(expect.stringContaining(`law.wallets.0.${problem}`));
  });
});

describe('a policy', () => {
  const at = 'law.wallets.0.policy.rules.0';

  test.each<[string, unknown, string]>([
    ['no rules', plainLaw([wallet({ policy: { rules: [] } })]), 'law.wallets.0.policy.rules: '],
    ['fewer approvals than the threshold', withRule({ approvals: 1 }), `${at}.approvals: must lie between`],
    ['more approvals than holders', withRule({ approvals: 4 }), `${at}.approvals: must lie between`],
    ['a lower-case destination', withRule({ destinations: [`0x${'ab'.repeat(20)}`] }), `${at}.destinations.0: `],
    ['a selector of three bytes', withRule({ selectors: ['0xa9059c'] }), `${at}.selectors.0: `],
    ['a cap with a fraction', withRule({ maxValueWei: '1.5' }), `${at}.maxValueWei: must be a decimal integer`],
    ['a deny rule with a cap', withRule({ effect: 'deny', maxValueWei: '0' }), `${at}.effect: a deny rule takes`],
    ['a deny rule with a ceiling', withRule({ effect: 'deny', maxFeeWei: '1' }), `${at}.effect: a deny rule takes`],
    ['a deny rule with approvals', withRule({ effect: 'deny', approvals: 2 }), `${at}.effect: a deny rule takes`],
    [
      'a selector of init code',
      withRule({ destinations: ['create'], selectors: ['0x'] }),
      `${at}.selectors: init code`,
    ],
    [
      'a rule name twice',
      plainLaw([wallet({ policy: { rules: Array(2).fill({ name: 'a', effect: 'allow', destinations: ['*'] }) } })]),
      'law.wallets.0.policy.rules: a rule name stands twice',
    ],
    [
      'requesters without signatures',
      withRule({}, { requesters: [DESTINATION] }),
      'law.wallets.0.policy.requesters: requesters needs requesterSignature: "required"',
    ],
  ])('%s', (_, value, problem) => {
    expect(problemsOf(value)).toContainEqual(expect.stringContaining(problem));
  });
});

test.each([
  ['an image by tag', { image: 'registry/keyturn:latest' }, /^operations.image: must be repository@sha256:digest$/],
  ['no rpc url', { rpc: [{ chainId: '1', urls: [] }] }, /^operations.rpc.0.urls: /],
  ['half a second', { pollSeconds: 0.5 }, /^operations.pollSeconds: /],
  ['a machine of another make', { confidentialType: 'SGX' }, /^operations.confidentialType: /],
])('operations with %s', (_, over, words) => {
  expectRefusal(() => parseOperations(plainOperations(over)), 'CONFIG', undefined, words);
});
