import type { Destination, Estimate, ForkHint, ProxyHint } from '#adapters/chain/hints.ts';
import type { NodeRun } from '#adapters/chain/simulate.ts';
import { deploymentOf, type LabFiles } from '#cli/app/deployment.ts';
import { Output } from '#cli/app/output.ts';
import type { Leased, Lessor, Ports, Session } from '#cli/app/session.ts';
import type { Encrypter } from '#core/key-ports.ts';
import type { BlockHead, ChainClient, Chains, Clock, MinedReceipt } from '#core/ports.ts';
import { addressOfCommitment } from '#core/shares/address.ts';
import { splitKey } from '#core/shares/shares.ts';
import type { TipHints } from '#core/transaction/suggest-fees.ts';
import type { Json } from '#schemas/canonical.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf, openObject, requestObject } from '#schemas/names.ts';
import { parseRequest, type RequestField, type TransactionRequest } from '#schemas/request.ts';
import { shareText } from '#schemas/share-text.ts';
import { timeText } from '#schemas/spellings.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';
import { judge } from './judge.ts';

/** 2026-03-01T12:00:00Z */
export const NOW = Date.UTC(2026, 2, 1, 12);
export const BOB = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
export const TOKEN = '0x5FbDB2315678afecb367f032d93F642f64180aa3';

let draw = 0;
const { shares, commitments } = splitKey(new Uint8Array(32).fill(7), 2, 3, (length) =>
  Uint8Array.from({ length }, () => (draw = (draw * 73 + 41) % 251)),
);
export const WALLET_ADDRESS = addressOfCommitment(commitments[0] ?? '');

/** The share line of a holder, by index from 1; always a fresh copy. */
export const shareLine = (index: number, over: { wallet?: string; epoch?: number; as?: number } = {}): Uint8Array => {
  const share = shares[index - 1];
  if (share === undefined) throw new RangeError('no such holder');
  const { wallet = 'treasury', epoch = 1, as = index } = over;
  return shareText({ wallet, epoch, index: as, scalar: share.scalar });
};

const provider = (pool: string) =>
  `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/${pool}/providers/keyturn`;

const RULE = { name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: '10000000000000000000' };

/** For `law` of a stage: its rule admits calls that cannot be decoded. */
export const opaqueLaw = (): Record<string, Json> => {
  const wallets = JSON.parse(JSON.stringify(lawJson().wallets).replaceAll('"effect"', '"opaque":true,"effect"'));
  return { wallets };
};

export const lawJson = (over: Record<string, unknown> = {}): Record<string, Json> => ({
  version: 1,
  name: 'lab',
  operator: {
    projectId: 'lab-project',
    projectNumber: '1',
    identityProvider: provider('operator'),
    workloadAccount: 'vm@lab',
  },
  register: { projectNumber: '1', lock: 'off', retentionSeconds: 0 },
  chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true }],
  coSigners: ['alice', 'bob', 'carol'].map((name) => ({
    name,
    releaseKey: `projects/${name}-project/locations/local/keyRings/keyturn/cryptoKeys/release`,
    identityProvider: provider(`pool-${name}`),
    shareLocation: `gs://lab-keys/${name}/`,
  })),
  wallets: [
    {
      name: 'treasury',
      address: WALLET_ADDRESS,
      chains: [{ chainId: '31337', startNonce: '0' }],
      threshold: 2,
      epoch: 1,
      holders: ['alice', 'bob', 'carol'].map((coSigner, i) => ({ coSigner, index: i + 1 })),
      commitments: [...commitments],
      policy: { rules: [RULE] },
    },
  ],
  limits: {},
  ...(over as Record<string, Json>),
});

export const configOf = (over: Record<string, unknown> = {}): Config =>
  parseConfig({
    law: lawJson(over),
    operations: {
      zones: ['local-a'],
      machineType: 'n2d-standard-2',
      image: `image@sha256:${'0'.repeat(64)}`,
      rpc: [{ chainId: '31337', urls: ['http://127.0.0.1:1'] }],
    },
  });

export const requestOf = (over: Partial<Record<RequestField, string>> = {}): TransactionRequest =>
  parseRequest({
    wallet: 'treasury',
    chainId: '31337',
    type: '2',
    to: BOB,
    value: '500000000000000000',
    data: '0x',
    accessList: '',
    gasLimit: '21000',
    maxFeePerGas: '40000000000',
    maxPriorityFeePerGas: '1000000000',
    nonce: '',
    replaces: '',
    validUntil: timeText(NOW + 3_600_000),
    reference: 'invoice-1',
    memo: '',
    requester: 'dapp',
    requesterSignature: '',
    ...over,
  });

export const idOf = (request: TransactionRequest): string => digestOf(request, WALLET_ADDRESS, 'lab-register');

/** A subscription in a list: what is leased is away until it is given back. */
export class MemoryLessor implements Lessor {
  waiting: Leased[] = [];
  readonly away = new Map<string, Leased>();
  readonly acknowledged: string[] = [];
  readonly asked: string[] = [];

  async lease(subscription: string, max: number): Promise<readonly Leased[]> {
    this.asked.push(subscription);
    const taken = this.waiting.splice(0, max);
    for (const one of taken) this.away.set(one.ackId, one);
    return taken;
  }
  async acknowledge(_: string, leased: readonly Leased[]): Promise<void> {
    for (const { ackId, id } of leased) if (this.away.delete(ackId)) this.acknowledged.push(id);
  }
  async giveBack(_: string, leased: readonly Leased[]): Promise<void> {
    for (const one of leased) if (this.away.delete(one.ackId)) this.waiting.push(one);
  }
}

/** One chain that knows what it is told. */
export class MemoryChain implements ChainClient {
  readonly chainId = '31337';
  baseFee: bigint | undefined = 10_000_000_000n;
  head = 7n;
  /** Transactions of any address. */
  mined = 0n;
  readonly receipts = new Map<string, MinedReceipt>();

  async send(): Promise<'sent'> {
    throw new Error('no command sends');
  }
  async sendAll(): Promise<never> {
    throw new Error('no command sends');
  }
  async receipt(hash: string) {
    return this.receipts.get(hash);
  }
  async transaction() {
    return undefined;
  }
  async block(): Promise<BlockHead> {
    return { number: this.head, hash: `0x${'b'.repeat(64)}`, time: NOW, baseFeePerGas: this.baseFee };
  }
  readonly agreement = 1;
  async report(): Promise<never> {
    throw new Error('no command seals');
  }
  async minedAt(): Promise<never> {
    throw new Error('no command asks which transaction took a nonce');
  }
  async minedIn(): Promise<never> {
    throw new Error('no command asks what is in a block');
  }
  async logs(): Promise<never> {
    throw new Error('no command asks what a transaction logged');
  }
  async revertData(): Promise<undefined> {
    throw new Error('no command asks why a transaction reverted');
  }
  async count() {
    return this.mined;
  }
  async balance() {
    return 3_500_000_000_000_000_000n;
  }
}

/** Time that passes only while somebody sleeps. */
export class MemoryClock implements Clock {
  time = NOW;
  /** Runs before each sleep: what the rest of the world does meanwhile. */
  meanwhile: () => void = () => {};
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.meanwhile();
    this.time += ms;
  }
}

/** Collects what is written. */
export class Sheet {
  text = '';
  write(text: string, done?: () => void): boolean {
    this.text += text;
    done?.();
    return true;
  }
}

export interface CliHarness {
  readonly session: Session;
  readonly storage: MemoryStorage;
  readonly chain: MemoryChain;
  readonly clock: MemoryClock;
  readonly stdout: Sheet;
  readonly stderr: Sheet;
  readonly published: { topic: string; text: string }[];
  readonly encrypted: { key: string; plaintext: string; aad: string }[];
  readonly asked: string[];
  /** Those of them whose answer the terminal does not show. */
  readonly hidden: string[];
  readonly left: string[];
  readonly interrupt: AbortController;
  json(): unknown;
  /** Accepts a request: its facts as intake leaves them. */
  accept(request: TransactionRequest, stage?: string): string;
}

export interface CliHarnessOptions {
  readonly me?: string | undefined;
  readonly json?: boolean;
  readonly lab?: LabFiles | undefined;
  readonly law?: Record<string, unknown>;
  readonly answer?: string | undefined;
  readonly stdin?: Uint8Array;
  /** Gas, or what else the chain says of a call. */
  readonly estimate?: bigint | Estimate;
  readonly tips?: TipHints;
  readonly destination?: Destination;
  readonly proxy?: ProxyHint;
  readonly forks?: ForkHint;
  readonly simulations?: readonly NodeRun[];
  readonly ports?: Partial<Ports>;
}

export const LAB: LabFiles = {
  pid: 1,
  coSigners: ['alice', 'bob', 'carol'].map((name) => ({
    name,
    shareFile: `/lab/${name}.share`,
    tokenFile: `/lab/${name}.token`,
  })),
  tokens: { dapp: '/lab/dapp.token', finance: '/lab/finance.token', operator: '/lab/operator.token' },
};

/** A session on ports of memory, in a lab unless told otherwise. */
export const stageOf = (options: CliHarnessOptions = {}): CliHarness => {
  const config = configOf(options.law);
  const buckets = bucketsOf(config.law.name);
  const [storage, chain, clock, stdout, stderr] = [
    new MemoryStorage(() => NOW - 60_000, Object.values(buckets)),
    new MemoryChain(),
    new MemoryClock(),
    new Sheet(),
    new Sheet(),
  ];
  const published: CliHarness['published'] = [];
  const encrypted: CliHarness['encrypted'] = [];
  const [asked, hidden, left]: [string[], string[], string[]] = [[], [], []];
  const interrupt = new AbortController();
  const encrypter: Encrypter = {
    encrypt: async (key, plaintext, aad) => {
      encrypted.push({ key, plaintext: new TextDecoder().decode(plaintext), aad });
      return new TextEncoder().encode(`ciphertext ${encrypted.length}`);
    },
  };
  const chains: Chains = { of: () => chain };
  const ports: Ports = {
    storage: async () => storage,
    publisher: async () => ({
      publish: async (topic, { data }) => {
        published.push({ topic, text: new TextDecoder().decode(data) });
      },
    }),
    encrypter: async () => encrypter,
    chains: async () => chains,
    subscriber: async () => {
      throw new Error('nothing to follow');
    },
    lessor: async () => new MemoryLessor(),
    machines: async () => ({ state: async () => 'alive' as const }),
    inspector: async () => {
      throw new Error('nothing to inspect');
    },
    logs: async () => {
      throw new Error('no logs here');
    },
    signTypedData: async () => {
      throw new Error('nobody signs here');
    },
    // A lone node that does not offer it, as most are.
    simulations: async () => options.simulations ?? [{ place: 1, kind: 'untold', why: 'no-method' }],
    rawBlock: async () => ({ block: null, receipts: null }),
    past: async () => {
      throw new Error('no past here');
    },
    rpcAnswers: async () => [{ place: 1, head: chain.head, finalized: chain.head, problem: '' }],
    hints: async () => ({
      tips: async () => options.tips ?? { suggested: 10n ** 9n, paid: [] },
      estimate: async () => {
        const { estimate = 21_000n } = options;
        return typeof estimate === 'bigint' ? { kind: 'gas', gas: estimate } : estimate;
      },
      destination: async () => options.destination ?? 'account',
      proxy: async () => options.proxy ?? { kind: 'none' },
      forks: async () => options.forks ?? { since: 0, next: undefined },
    }),
    close: async () => {},
    ...options.ports,
  };
  const session: Session = {
    deployment: deploymentOf('/lab/dev.json', config, 'lab' in options ? options.lab : LAB),
    ports,
    out: new Output({ stdout, stderr, json: options.json === true, paint: (_, text) => text, watched: false, judge }),
    clock,
    signal: interrupt.signal,
    me: 'me' in options ? options.me : 'alice',
    commandLine: (rest) => `./keyturn ${rest}`,
    ask: async (question, isHidden) => {
      asked.push(question);
      if (isHidden !== undefined) hidden.push(question);
      return options.answer;
    },
    stdin: async () => options.stdin ?? new Uint8Array(),
    uuid: () => '00000000-0000-4000-8000-000000000000',
    leave: (words) => {
      left.push(words);
    },
  };
  const accept = (request: TransactionRequest, stage = 'accepted'): string => {
    const id = idOf(request);
    storage.put(buckets.work, openObject(request.wallet, id), {}, { metadata: { stage, due: timeText(NOW) } });
    storage.put(buckets.results, requestObject(id), {
      id,
      walletAddress: WALLET_ADDRESS,
      lawHash: config.lawHash,
      request,
    });
    return id;
  };
  return {
    session,
    storage,
    chain,
    clock,
    stdout,
    stderr,
    published,
    encrypted,
    asked,
    hidden,
    left,
    interrupt,
    accept,
    json: () => JSON.parse(stdout.text),
  };
};
