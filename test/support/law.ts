import { addressOfCommitment } from '#core/shares/address.ts';
import { type Split, splitKey } from '#core/shares/shares.ts';
import { type Law, parseConfig, parseLaw, type Wallet } from '#schemas/config.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';

/** Documents for tests, from the outside in: plain JSON that a test may spoil, and the parsed form. All keys here are public knowledge. */
export const BUCKET = 'lab-register';
export const DESTINATION = '0x3535353535353535353535353535353535353535';

/** Bytes that look random and are the same in each run: a linear congruential generator. Never for real keys. */
export const seeded = (seed: number): ((length: number) => Uint8Array) => {
  let state = seed >>> 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
};

export const secretOf = (seed: number): Uint8Array => seeded(seed)(32);

export const HOLDERS = Array.from({ length: 16 }, (_, i) => ['alice', 'bob'][i] ?? `holder-${i + 1}`);

type Plain = Record<string, unknown>;

export const plainWallet = (split: Split, over: Plain = {}): Plain => ({
  name: 'hot',
  address: addressOfCommitment(split.commitments[0] ?? ''),
  chains: [{ chainId: '31337', startNonce: '0' }],
  threshold: split.commitments.length,
  epoch: 1,
  holders: split.shares.map(({ index }) => ({ coSigner: HOLDERS[index - 1], index })),
  commitments: split.commitments,
  policy: {
    rules: [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: '10000000000000000000', opaque: true }],
  },
  ...over,
});

const PROVIDER = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/main';

/** All sixteen. `tied`: addresses from which a co-signer asks. */
export const coSignersWith = (tied: Readonly<Record<string, readonly string[]>>): readonly Plain[] =>
  HOLDERS.map((name) => ({
    name,
    releaseKey: `projects/${name}/locations/global/keyRings/keyturn/cryptoKeys/release`,
    identityProvider: PROVIDER,
    shareLocation: `gs://lab-keys/${name}/`,
    ...(tied[name] === undefined ? {} : { requesters: tied[name] }),
  }));

export const plainLaw = (wallets: readonly Plain[], over: Plain = {}): Plain => ({
  version: 1,
  name: 'lab',
  operator: { projectId: 'lab', projectNumber: '1', identityProvider: PROVIDER, workloadAccount: 'vm@lab' },
  register: { projectNumber: '1', lock: 'off', retentionSeconds: 0 },
  chains: [{ chainId: '31337', name: 'anvil', finality: { kind: 'confirmations', count: 0 }, trusted: true }],
  coSigners: coSignersWith({}),
  wallets,
  limits: {},
  ...over,
});

export const plainOperations = (over: Plain = {}): Plain => ({
  zones: ['zone-a'],
  machineType: 'n2d-standard-2',
  image: `registry/keyturn@sha256:${'0'.repeat(64)}`,
  rpc: [{ chainId: '31337', urls: ['http://127.0.0.1:8545'] }],
  ...over,
});

export const splitOf = (threshold: number, holders: number, seed = 1): Split =>
  splitKey(secretOf(seed), threshold, holders, seeded(seed + 1000));

/** What the policy asks of the law besides the wallet: `BUCKET` is its register. No tokens. */
export const LAB: Pick<Law, 'name' | 'chains' | 'coSigners'> = {
  name: 'lab',
  coSigners: [],
  chains: [
    { chainId: '31337', name: 'anvil', finality: { kind: 'confirmations', count: 0 }, trusted: true, tokens: [] },
  ],
};

/** One parsed wallet, as the law would hold it. */
export const walletOf = (split: Split, over: Plain = {}): Wallet => {
  const [wallet] = parseLaw(plainLaw([plainWallet(split, over)])).law.wallets;
  if (wallet === undefined) throw new Error('no wallet');
  return wallet;
};

export const configOf = (law: Plain, operations: Plain = plainOperations()) => parseConfig({ law, operations });

export const PLAIN_REQUEST: Readonly<Record<string, string>> = Object.freeze({
  wallet: 'hot',
  chainId: '31337',
  type: '2',
  to: DESTINATION,
  value: '1000000000000000000',
  data: '0x',
  accessList: '',
  gasLimit: '21000',
  maxFeePerGas: '30000000000',
  maxPriorityFeePerGas: '1000000000',
  nonce: '',
  replaces: '',
  validUntil: '2030-01-01T00:00:00Z',
  reference: 'invoice-1',
  memo: '',
  requester: 'dapp',
  requesterSignature: '',
});

export const requestOf = (over: Plain = {}): TransactionRequest => parseRequest({ ...PLAIN_REQUEST, ...over });
