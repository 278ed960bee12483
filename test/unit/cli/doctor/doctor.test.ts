import { describe, expect, test } from 'vitest';
import type { Binding, Inspector } from '#cli/app/session.ts';
import { run } from '#cli/commands/doctor.ts';
import { configFindings } from '#cli/doctor/check-config.ts';
import { acceptedDigests } from '#cli/doctor/check-keys.ts';
import type { Finding } from '#cli/doctor/finding.ts';
import { attestedMember } from '#cli/doctor/identities.ts';
import type { BucketSettings } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseConfig, parseLaw } from '#schemas/config.ts';
import { bucketsOf, lawObject } from '#schemas/names.ts';
import { type PlannedCloud, plannedCloud } from '#test/support/cli/doctor.ts';
import { type CliHarnessOptions, configOf, lawJson, MemoryLessor, NOW, stageOf } from '#test/support/cli/people.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const LOCKED = { register: { projectNumber: '2', lock: 'required', retentionSeconds: 864_000 } };
const operations = (over: Record<string, unknown> = {}) => ({
  zones: ['us-central1-a'],
  machineType: 'n2d-standard-2',
  image: `image@${DIGEST}`,
  rpc: [{ chainId: '31337', urls: ['secret:projects/p/secrets/a', 'secret:projects/p/secrets/b'] }],
  ...over,
});

const GANACHE = {
  ports: {
    rpcAnswers: async () => [
      { place: 1, head: 9n, finalized: 7n, client: 'Ganache/v7.9.2/EthereumJS TestRPC', problem: '' },
    ],
  },
};
const walletsFrom = (over: object) => parseLaw(lawJson(LOCKED)).law.wallets.map((wallet) => ({ ...wallet, ...over }));

const KEPT = { projectNumber: '2', retentionLocked: true, retentionSeconds: 864_000 };

/** The deployment's buckets, all well but for what is given: settings, or why they cannot be read. */
const bucketsWith = (given: Record<string, Partial<BucketSettings> | KeyturnError> = {}): MemoryStorage => {
  const storage = new MemoryStorage(() => NOW, Object.values(bucketsOf('lab')));
  const errors = new Map<string, KeyturnError>();
  for (const [bucket, settings] of Object.entries({ 'lab-register': KEPT, ...given })) {
    if (settings instanceof KeyturnError) errors.set(bucket, settings);
    else {
      const { retentionSeconds = 0, retentionLocked = false, ...disguise } = settings;
      if (retentionSeconds > 0) storage.retain(bucket, retentionSeconds, retentionLocked);
      storage.disguises.set(bucket, disguise);
    }
  }
  storage.fault = (call, bucket) => (call === 'settings' ? errors.get(bucket) : undefined);
  return storage;
};

const decrypter = (name: string, digest = DIGEST, condition = ''): Binding => ({
  role: 'roles/cloudkms.cryptoKeyDecrypter',
  members: [
    attestedMember(
      `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool-${name}/providers/keyturn`,
      digest,
    ),
  ],
  condition,
});

const CONFIG = parseConfig({ law: lawJson(LOCKED), operations: operations() });

const inspectorOf = (over: Partial<Inspector> = {}, spoil: (cloud: PlannedCloud) => void = () => {}): Inspector => {
  const cloud = plannedCloud(CONFIG, DIGEST);
  spoil(cloud);
  return { ...cloud, ...over };
};

interface Case {
  readonly inspector?: Partial<Inspector>;
  /** Changes the cloud before it is looked at. */
  readonly spoil?: (cloud: PlannedCloud) => void;
  readonly buckets?: Record<string, Partial<BucketSettings> | KeyturnError>;
  readonly law?: Record<string, unknown>;
  readonly operations?: Record<string, unknown>;
  readonly prepare?: (storage: MemoryStorage) => void;
  readonly stage?: CliHarnessOptions;
}

/** A deployment in which all is well, but for what is given. */
const findingsOf = async (one: Case = {}, offline = false): Promise<{ code: number; findings: readonly Finding[] }> => {
  const inspector = inspectorOf(one.inspector, one.spoil);
  const storage = bucketsWith(one.buckets);
  storage.put('lab-work', 'operations.json', operations());
  const given = lawJson({ ...LOCKED, ...one.law });
  storage.put('lab-results', lawObject(parseLaw(given).lawHash), given);
  one.prepare?.(storage);
  const stage = stageOf({
    lab: undefined,
    me: undefined,
    json: true,
    ...one.stage,
    ports: { storage: async () => storage, inspector: async () => inspector, ...one.stage?.ports },
  });
  const config = parseConfig({ law: given, operations: operations(one.operations) });
  const session = { ...stage.session, deployment: { ...stage.session.deployment, config } };
  const code = await run(session, offline ? { offline } : {});
  const { findings } = JSON.parse(stage.stdout.text) as { findings: readonly Finding[] };
  return { code, findings };
};

describe('kept laws', () => {
  const ofLaws = async (prepare: (storage: MemoryStorage) => void) =>
    (await findingsOf({ prepare })).findings.filter(({ area }) => area === 'kept laws');

  test('says how many there are', async () => {
    const older = lawJson({ ...LOCKED, limits: { maxValiditySeconds: 60 } });
    const found = await ofLaws((storage) => storage.put('lab-results', lawObject(parseLaw(older).lawHash), older));
    expect(found).toMatchObject([{ level: 'ok', what: 'the law in force is kept; 2 in all' }]);
  });

  test('says that the law in force is not kept, and what to do', async () => {
    const found = await ofLaws((storage) => storage.erase('lab-results', lawObject(CONFIG.lawHash)));
    expect(found).toMatchObject([{ level: 'warn', what: expect.stringContaining(`${CONFIG.lawHash}, is not kept`) }]);
    expect(found[0]?.todo).not.toBe('');
  });

  test.each([
    ['another law under the name of one', lawObject('b'.repeat(64))],
    ['a name that is no hash', 'laws/latest.json'],
  ])('%s is bad, and hides no other', async (_, name) => {
    const found = await ofLaws((storage) => storage.put('lab-results', name, lawJson(LOCKED)));
    expect(found.map(({ level }) => level)).toEqual(['bad', 'ok']);
    expect(found[0]?.what).toContain(`gs://lab-results/${name}`);
  });

  test('another law in the place of the one in force: both are said', async () => {
    const found = await ofLaws((storage) => storage.put('lab-results', lawObject(CONFIG.lawHash), { no: 'law' }));
    expect(found.map(({ level }) => level)).toEqual(['bad', 'warn']);
  });
});

const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'bad');

test('all is well: exit code 0, and every area was looked at', async () => {
  const { code, findings } = await findingsOf();
  expect(bad(findings)).toEqual([]);
  expect(code).toBe(0);
  expect(new Set(findings.map(({ area }) => area))).toEqual(
    new Set([
      ...[
        'law',
        'wallets',
        'operations',
        'buckets',
        'kept laws',
        'paused',
        'clock',
        'schemas',
        'dead letters',
        'forks',
        'rpc',
        'balances',
      ],
      ...[
        'apis',
        'functions',
        'subscriptions',
        'co-signers',
        'identity',
        'topics',
        'accounts',
        'roles',
        'keys',
        'projects',
      ],
    ]),
  );
  expect(findings.filter(({ level }) => !['ok', 'unchecked'].includes(level)).map(({ what }) => what)).toEqual([]);
  expect(findings.filter(({ level }) => level === 'unchecked').map(({ what }) => what)).toEqual([
    expect.stringContaining('folder or an organisation'),
  ]);
});

const no = (code: 'NOT_FOUND' | 'PERMISSION_DENIED' | 'UNAVAILABLE' | 'UNAUTHENTICATED') =>
  new KeyturnError(code, 'test');

describe('is bad, says what to do, and exits with 1', () => {
  test.each<[string, Case, string, string]>([
    ['a missing bucket', { buckets: { 'lab-results': no('NOT_FOUND') } }, 'buckets', 'there is no bucket lab-results'],
    ['an unlocked register', { buckets: { 'lab-register': { projectNumber: '2' } } }, 'buckets', 'is not locked'],
    [
      'a register locked too shortly',
      { buckets: { 'lab-register': { projectNumber: '2', retentionLocked: true, retentionSeconds: 5 } } },
      'buckets',
      'keeps entries 5 s',
    ],
    [
      'a register of somebody else',
      { buckets: { 'lab-register': { projectNumber: '9', retentionLocked: true, retentionSeconds: 864_000 } } },
      'buckets',
      'is in project 9, the law says 2',
    ],
    [
      'a register with folders',
      {
        buckets: {
          'lab-register': {
            projectNumber: '2',
            retentionLocked: true,
            retentionSeconds: 864_000,
            hierarchicalNamespace: true,
          },
        },
      },
      'buckets',
      'hierarchical namespace',
    ],
    [
      'no operations.json',
      { prepare: (storage) => storage.erase('lab-work', 'operations.json') },
      'operations',
      'is not there',
    ],
    [
      'other operations',
      { prepare: (storage) => void storage.put('lab-work', 'operations.json', operations({ zones: ['other-a'] })) },
      'operations',
      'differs from this configuration',
    ],
    [
      'operations that cannot be read',
      { prepare: (storage) => void storage.put('lab-work', 'operations.json', {}) },
      'operations',
      'CONFIG',
    ],
    ['another schema', { inspector: { schemaOf: async () => '{"type":"string"}' } }, 'schemas', 'is not schemas/'],
    ['no schema', { inspector: { schemaOf: async () => undefined } }, 'schemas', 'has no schema'],
    ['no topic', { inspector: { schemaOf: () => Promise.reject(no('NOT_FOUND')) } }, 'schemas', 'there is no topic'],
    [
      'an API',
      { inspector: { enabledApis: async () => new Set(['pubsub.googleapis.com']) } },
      'apis',
      'cloudkms.googleapis.com is not enabled in alice-project',
    ],
    [
      'an image that nobody accepts',
      { spoil: ({ policies, at }) => void policies.set(at('release key of alice'), []) },
      'co-signers',
      'alice does not accept',
    ],
    [
      'an RPC url of another chain',
      { stage: { ports: { rpcAnswers: async () => [{ place: 2, head: undefined, problem: 'CONFIG: of chain 1' }] } } },
      'rpc',
      'chain 31337, url 2: CONFIG: of chain 1',
    ],
    [
      'a law that settles by a block that a url does not know',
      {
        law: { chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true }] },
        stage: { ports: { rpcAnswers: async () => [{ place: 1, head: 9n, finalized: undefined, problem: '' }] } },
      },
      'rpc',
      'chain 31337, url 1: it knows no block called finalized',
    ],
    [
      'an exclusive wallet that starts at nonce 0 on Ganache',
      {
        stage: {
          ports: {
            rpcAnswers: async () => [
              { place: 1, head: 9n, finalized: 7n, client: 'Ganache/v7.9.2/EthereumJS TestRPC', problem: '' },
            ],
          },
        },
      },
      'rpc',
      'which executes signed bytes with nonce 0 as often as they come: treasury starts at nonce 0',
    ],
  ])('%s', async (_, one, area, words) => {
    const { code, findings } = await findingsOf(one);
    expect(code).toBe(1);
    expect(bad(findings)).toContainEqual(expect.objectContaining({ area, what: expect.stringContaining(words) }));
    for (const { todo } of bad(findings)) expect(todo).not.toBe('');
  });
});

describe('is worth a look, and no failure', () => {
  test.each<[string, Case, string, string]>([
    [
      'a pause',
      {
        prepare: (storage) => void storage.put('lab-work', 'paused', { reason: 'test' }, { timeCreated: NOW - 60_000 }),
      },
      'paused',
      'PAUSED since 2026-03-01T11:59:00Z: test',
    ],
    [
      'a url that is behind',
      {
        stage: {
          ports: {
            rpcAnswers: async () => [
              { place: 1, head: 100n, finalized: 90n, problem: '' },
              { place: 2, head: 50n, finalized: 40n, problem: '' },
            ],
          },
        },
      },
      'rpc',
      'url 2: 50 blocks behind',
    ],
    [
      'a register in the own project',
      {
        law: { register: { ...LOCKED.register, projectNumber: '1' } },
        buckets: { 'lab-register': { projectNumber: '1', retentionLocked: true, retentionSeconds: 864_000 } },
      },
      'law',
      "operator's own project",
    ],
  ])('%s', async (_, one, area, words) => {
    const { code, findings } = await findingsOf(one);
    expect(bad(findings)).toEqual([]);
    expect(code).toBe(0);
    expect(findings).toContainEqual(expect.objectContaining({ area, what: expect.stringContaining(words) }));
  });

  test('dead letters, a clock that is off, an empty wallet', async () => {
    const lessor = new MemoryLessor();
    lessor.waiting.push({ id: '1', ackId: '1', publishedAt: NOW, data: new Uint8Array(), attributes: {} });
    const stage = stageOf();
    stage.clock.time += 60_000;
    stage.chain.balance = async () => 0n;
    const ports = { lessor: async () => lessor, chains: async () => ({ of: () => stage.chain }) };
    const { findings } = await findingsOf({ stage: { ports } });
    const warned = findings.filter(({ level }) => level === 'warn').map(({ what }) => what);
    expect(warned).toContain('1 messages could not be processed');
    expect(warned).toContain('treasury has 0 ETH on chain 31337');
  });
});

test('what may not be read is no pass: exit code 2, and what it takes', async () => {
  const one: Case = {
    buckets: { 'lab-work': no('PERMISSION_DENIED') },
    inspector: { schemaOf: () => Promise.reject(no('PERMISSION_DENIED')) },
    spoil: ({ hidden, at }) => void hidden.add(at('release key of alice')),
  };
  const { code, findings } = await findingsOf(one);
  expect(bad(findings)).toEqual([]);
  expect(code).toBe(2);
  const unread = findings.filter(({ level }) => level === 'unread').map(({ what }) => what);
  expect(unread).toContainEqual('the settings of lab-work could not be read: needs storage.buckets.get');
  expect(unread).toContainEqual(expect.stringMatching(/^what alice accepts could not be read: needs cloudkms/));
  expect(unread).toContainEqual(expect.stringMatching(/^the schema of lab-receipts could not be read/));
  // Something bad outweighs it.
  expect((await findingsOf({ ...one, inspector: { ...one.inspector, enabledApis: async () => new Set() } })).code).toBe(
    1,
  );
});

test.each<[string, Case]>([
  [
    'a law that settles by confirmations, on a chain without a final block',
    {
      law: {
        chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'confirmations', count: 3 }, trusted: true }],
      },
      stage: { ports: { rpcAnswers: async () => [{ place: 1, head: 9n, finalized: undefined, problem: '' }] } },
    },
  ],
  [
    'a law that settles by the final block, and a url that knows one',
    { law: { chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true }] } },
  ],
  [
    'another node',
    {
      stage: {
        ports: { rpcAnswers: async () => [{ place: 1, head: 9n, finalized: 7n, client: 'anvil/v1.7.1', problem: '' }] },
      },
    },
  ],
  ['a lab on Ganache', { law: { register: { ...LOCKED.register, lock: 'off' } }, stage: GANACHE }],
  [
    'a wallet on Ganache whose first nonce is used',
    { law: { wallets: walletsFrom({ chains: [{ chainId: '31337', startNonce: '1' }] }) }, stage: GANACHE },
  ],
  ['a wallet on Ganache that others use too', { law: { wallets: walletsFrom({ exclusive: false }) }, stage: GANACHE }],
])('the rpc check finds nothing wrong with %s', async (_, given) => {
  const stage = { ports: { rpcAnswers: async () => [{ place: 1, head: 9n, finalized: 7n, problem: '' }] } };
  const { findings } = await findingsOf({ stage, ...given });
  expect(bad(findings).filter(({ area }) => area === 'rpc')).toEqual([]);
});

test('a node in a private network is not asked from here, and that is no fault', async () => {
  const rpc = [{ chainId: '31337', urls: ['http://10.10.0.10:8545'] }];
  const unreachable = { place: 1, head: undefined, problem: 'CHAIN_UNREACHABLE: url 1' };
  const stage = stageOf();
  stage.chain.balance = () => Promise.reject(new KeyturnError('CHAIN_UNREACHABLE', 'test'));
  const one: Case = {
    operations: { rpc },
    stage: { ports: { rpcAnswers: async () => [unreachable], chains: async () => ({ of: () => stage.chain }) } },
    prepare: (storage) => void storage.put('lab-work', 'operations.json', operations({ rpc })),
  };
  const { code, findings } = await findingsOf(one);
  expect([code, bad(findings)]).toEqual([0, []]);
  expect(findings.filter(({ level }) => level === 'unchecked').map(({ area }) => area)).toContain('balances');
});

test('a service that is down is one finding, and hides no other', async () => {
  const down = () => Promise.reject(no('UNAVAILABLE'));
  const { findings } = await findingsOf({ stage: { ports: { chains: down, lessor: down } } });
  expect(bad(findings).map(({ area }) => area)).toEqual(['dead letters', 'balances']);
});

test('whoever is not logged in is told so once', async () => {
  const anonymous = () => Promise.reject(no('UNAUTHENTICATED'));
  const { code, findings } = await findingsOf({ stage: { ports: { inspector: anonymous, storage: anonymous } } });
  expect([code, bad(findings)]).toEqual([2, []]);
  expect(findings.filter(({ level }) => level === 'unread')).toEqual([
    {
      area: 'login',
      level: 'unread',
      what: expect.stringContaining('not logged in'),
      todo: expect.stringContaining('gcloud auth'),
    },
  ]);
});

test('a fault of ours is no finding', async () => {
  const broken = () => Promise.reject(new TypeError('broken'));
  await expect(findingsOf({ stage: { ports: { chains: broken } } })).rejects.toThrow('broken');
});

test('--offline asks nobody', async () => {
  const never = () => Promise.reject(new Error('asked'));
  const { code, findings } = await findingsOf({ stage: { ports: { chains: never, lessor: never } } }, true);
  expect(code).toBe(0);
  expect(findings.every(({ area }) => ['law', 'wallets', 'operations'].includes(area))).toBe(true);
});

test('in a lab, what only the cloud has is not checked, and says so', async () => {
  const stage = stageOf({ json: true, ports: { inspector: async () => inspectorOf() } });
  stage.storage.put('lab-work', 'operations.json', JSON.parse(JSON.stringify(configOf().operations)));
  expect(await run(stage.session, {})).toBe(0);
  const { findings, counts } = JSON.parse(stage.stdout.text) as { findings: readonly Finding[]; counts: unknown };
  expect(counts).toMatchObject({ bad: 0, unread: 0, unchecked: 12 });
  const unchecked = findings.filter(({ level }) => level === 'unchecked');
  expect(unchecked.every(({ what }) => what.endsWith('this is a lab'))).toBe(true);
});

describe('a configuration alone', () => {
  const levels = (law: Record<string, unknown>, ops: Record<string, unknown> = {}) =>
    configFindings(parseConfig({ law: lawJson({ ...LOCKED, ...law }), operations: operations(ops) }), false);

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string, string]>([
    ['no RPC url', {}, { rpc: [{ chainId: '1', urls: ['secret:a'] }] }, 'bad', 'has no RPC url'],
    [
      'a url in clear',
      {},
      { rpc: [{ chainId: '31337', urls: ['https://k', 'secret:b'] }] },
      'warn',
      '1 RPC urls are in clear',
    ],
    ['no image', {}, { image: `image@sha256:${'0'.repeat(64)}` }, 'warn', 'there is no image yet'],
    [
      'endpoints',
      {
        endpoints: {
          pubsub: { host: 'h', port: 1, ca: '' },
          pubsubRest: 'http://x',
          storage: 'http://x',
          kms: 'http://x',
          compute: 'http://x',
          sts: 'http://x',
        },
      },
      {},
      'bad',
      'law.endpoints',
    ],
    [
      'no lock',
      { register: { projectNumber: '1', lock: 'off', retentionSeconds: 0 } },
      {},
      'warn',
      'does not ask for a locked register',
    ],
  ])('%s', (_, law, ops, level, words) => {
    expect(levels(law, ops)).toContainEqual(expect.objectContaining({ level, what: expect.stringContaining(words) }));
  });

  const finalOn = (chainId: string, finality: Record<string, unknown>) => {
    const [first] = lawJson().wallets as unknown as readonly Record<string, unknown>[];
    const law = {
      chains: [{ chainId, name: 'chain', finality, trusted: true }],
      wallets: [{ ...first, chains: [{ chainId, startNonce: '0' }] }],
    };
    return levels(law, { rpc: [{ chainId, urls: ['secret:a'] }] }).filter(({ what }) => what.includes('block final'));
  };
  const counted = (count: number) => ({ kind: 'confirmations', count });

  test.each([
    ['Ethereum after 12 blocks', '1', counted(12), 'a longer reorganisation undoes it'],
    ['Ethereum after none', '1', counted(0), 'any reorganisation undoes it'],
    ['IoTeX after none', '4689', counted(0), 'any reorganisation undoes it'],
    ['Base after 1000 blocks', '8453', counted(1000), 'Base is final only once Ethereum has its blocks'],
  ])('names shallow finality: %s', (_, chainId, finality, words) => {
    expect(finalOn(chainId, finality)).toMatchObject([{ level: 'warn', what: expect.stringContaining(words) }]);
  });

  test.each([
    ['the tag of Ethereum', '1', { kind: 'finalized' }],
    ['two epochs of Ethereum', '1', counted(64)],
    ['a local node', '31337', counted(0)],
    ['IoTeX, which has no such tag', '4689', counted(1)],
  ])('says nothing of %s', (_, chainId, finality) => {
    expect(finalOn(chainId, finality)).toEqual([]);
  });

  test('names two urls of one host, without what else is in them, unless one url decides', () => {
    const chain = { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' } };
    const said = (urls: readonly string[], trusted = false) =>
      levels({ chains: [{ ...chain, trusted }] }, { rpc: [{ chainId: '31337', urls }] })
        .map(({ what }) => what)
        .filter((what) => what.includes('one host'));
    const same = ['https://rpc.example/v2/KEY-1', 'https://RPC.example:8443/v2/KEY-2'];
    expect(said(same)).toEqual([
      'chain 31337: two urls are of one host, rpc.example, which would agree with itself about outcomes',
    ]);
    expect(said(same, true)).toEqual([]);
    expect(said(['https://rpc.example/a', 'https://rpc.example./b', 'https://www.rpc.example/c'])).toHaveLength(1);
    expect(said(['https://rpc.example/a', 'https://other.example/a'])).toEqual([]);
    expect(said(['secret:projects/p/secrets/a', 'secret:projects/p/secrets/b'])).toEqual([]);
  });

  test.each([
    ['no cap', {}, 'rule loose allows any amount to anybody'],
    [
      'no cap for one address',
      { destinations: [`0x${'35'.repeat(20)}`] },
      'any amount to the destinations that it names',
    ],
    ['any token', { tokens: 'any' }, 'rule loose allows any amount of any token'],
    ['opaque calls', { opaque: true }, 'rule loose allows calls that cannot be decoded'],
    ['init code', { destinations: ['create'] }, 'rule loose allows contract creation'],
  ])('a rule with %s', (_, over, words) => {
    const loose = { name: 'loose', effect: 'allow', destinations: ['*'], ...over };
    const named = { destinations: [`0x${'35'.repeat(20)}`], selectors: ['0x'], maxValueWei: '1' };
    const tight = { name: 'tight', effect: 'allow', ...named };
    const never = { name: 'never', effect: 'deny', destinations: ['*', 'create'] };
    const wallets = (...rules: unknown[]) => {
      const [first] = lawJson().wallets as unknown as readonly Record<string, unknown>[];
      return { wallets: [{ ...first, policy: { rules } }] };
    };
    const said = (law: Record<string, unknown>) => levels(law).filter(({ what }) => what.includes(': rule '));
    expect(said(wallets(tight, never, loose))).toContainEqual(
      expect.objectContaining({ level: 'warn', what: expect.stringContaining(words) }),
    );
    expect(said(wallets(tight, never))).toEqual([]);
  });
});

describe('who asks does not approve', () => {
  const [ALICES, BOTH] = [`0x${'2'.repeat(40)}`, `0x${'3'.repeat(40)}`];
  const RULES = [
    { name: 'small', effect: 'allow', destinations: ['*'], maxValueWei: '1' },
    { name: 'large', effect: 'allow', destinations: ['*'], maxValueWei: '2', approvals: 3 },
  ];
  /** alice asks from the first and the second, bob from the second. */
  const said = (policy: Record<string, unknown>) => {
    const given = lawJson(LOCKED);
    const tied: Record<string, readonly string[]> = { alice: [ALICES, BOTH], bob: [BOTH] };
    const coSigners = (given.coSigners as { name: string }[]).map((one) => ({
      ...one,
      ...(tied[one.name] === undefined ? {} : { requesters: tied[one.name] }),
    }));
    const [wallet] = given.wallets as unknown as readonly Record<string, unknown>[];
    const law = { ...given, coSigners, wallets: [{ ...wallet, policy: { rules: RULES, ...policy } }] };
    return configFindings(parseConfig({ law, operations: operations({}) }), false)
      .filter(({ what }) => /tied/.test(what))
      .map(({ what }) => what);
  };

  test('what a tied requester cannot use is told, and how the tie is evaded', () => {
    expect(said({})).toEqual([
      `treasury: requester ${ALICES}, who is tied to alice, cannot use rule large: 2 of the others can approve, and 3 must`,
      `treasury: requester ${BOTH}, who is tied to alice and bob, can ask nothing: 1 of the others can approve, and 2 must`,
      'treasury: unsigned requests are taken, so a co-signer who is tied to an address can ask under any name',
    ]);
    expect(said({ requesterSignature: 'required' })).toContain(
      'treasury: any address may ask, so a co-signer can ask from one that is not tied',
    );
  });

  test('who may not ask anyway is not told of', () => {
    const signed = { requesterSignature: 'required', rules: RULES.slice(0, 1) };
    expect(said({ ...signed, requesters: [ALICES] })).toEqual([]);
    expect(said({ ...signed, requesters: [`0x${'1'.repeat(40)}`] })).toEqual([]);
  });
});

test('an acceptance ends', () => {
  const alice = {
    releaseKey: 'projects/alice/locations/global/keyRings/lab/cryptoKeys/release',
    identityProvider:
      '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool-alice/providers/keyturn',
  };
  const until = (text: string) => decrypter('alice', DIGEST, `request.time < timestamp("${text}")`);
  const accepted = (binding: Binding) => acceptedDigests([binding], alice, NOW).digests.has(DIGEST);
  const doubtful = (binding: Binding) => acceptedDigests([binding], alice, NOW).unjudged.get(DIGEST);
  expect(accepted(until('2026-03-02T00:00:00Z'))).toBe(true);
  expect(accepted(until('2026-02-28T00:00:00Z'))).toBe(false);
  expect(accepted(decrypter('alice', DIGEST, 'something(else)'))).toBe(false);
  expect(doubtful(decrypter('alice', DIGEST, 'something(else)'))).toBe('something(else)');
  expect(doubtful(until('2026-03-02T00:00:00Z'))).toBeUndefined();
  for (const condition of [
    "resource.type == 'cloudkms.googleapis.com/CryptoKey'",
    "resource.service == 'cloudkms.googleapis.com'",
    "resource.name.extract('cryptoKeys/{key}') == 'release'",
  ])
    expect(accepted(decrypter('alice', DIGEST, condition)), condition).toBe(true);
  expect(accepted(decrypter('alice', DIGEST, '!(request.time < timestamp("2026-03-02T00:00:00Z"))'))).toBe(false);
  expect(accepted(decrypter('bob'))).toBe(false);
  expect(accepted({ ...decrypter('alice'), role: 'roles/cloudkms.cryptoKeyEncrypter' })).toBe(false);
});
