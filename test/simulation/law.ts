import { createHash } from 'node:crypto';
import { computeAddress } from 'ethers';
import { addressOfCommitment } from '#core/shares/address.ts';
import { splitKey } from '#core/shares/shares.ts';
import { providerResource } from '#local/cloud/identity/provider.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { IMAGE_REPOSITORY, releaseKey } from '#local/lab/config.ts';
import { accountEmail } from '#local/lab/people.ts';
import { providerOf } from '#local/lab/pools.ts';
import { type Config, parseConfig } from '#schemas/config.ts';
import { bucketsOf } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Profile } from './profiles.ts';
import { tokenLaw } from './tokens.ts';

export const DEPLOYMENT = 'lab';
/** 2026-01-01T00:00:00Z: the same in all histories, so that the same request has the same id, and checks of it can be cached. */
export const START = Date.UTC(2026, 0, 1);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** ms that a locked register must keep entries: the horizon, the longest window, and eight days. */
export const retentionOf = ({ maxValidity, window }: Pick<Profile, 'maxValidity' | 'window'>): number =>
  maxValidity + 120 * MINUTE + window + 8 * 86_400_000;
export const RETENTION = retentionOf({ maxValidity: HOUR, window: 0 });
export const DIGEST = `sha256:${createHash('sha256').update('the image of the simulation').digest('hex')}`;
export const DESTINATIONS = [
  '0x3535353535353535353535353535353535353535',
  '0x4242424242424242424242424242424242424242',
];
/** Keys of somebody who signs what they ask for, and of a stranger. */
export const DAPP_KEY = `0x${createHash('sha256').update('the key of the dApp').digest('hex')}`;
export const STRANGER_KEY = `0x${createHash('sha256').update('the key of a stranger').digest('hex')}`;
export const ZONES = ['us-central1-a', 'us-central1-b'];
/** wei: above the first, three approvals; above the second, never. */
export const SMALL = 10n ** 18n;
export const CAP = 10n ** 19n;
/** ms: when Amsterdam comes to chain 1, in histories about gas; and the least tip there. */
export const FORK_AT = START + 2 * MINUTE;
export const LEAST_TIP = 2n;
/** GasPriceOracle of the OP stack. */
export const ORACLE = '0x420000000000000000000000000000000000000F';
/** Room in the window of the second wallet: mostly for two payments, not for three. */
export const WINDOW_WEI = SMALL / 4n;
export const WINDOWED = 'petty';

const bytes = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());
const stream = (label: string): ((length: number) => Uint8Array) => {
  let n = 0;
  return (length) => bytes(`${label}/${n++}`).slice(0, length);
};

export interface SimulatedWallet {
  readonly name: string;
  readonly address: string;
  readonly threshold: number;
  readonly commitments: readonly string[];
  readonly holders: readonly { readonly coSigner: string; readonly index: number; readonly scalar: string }[];
  /** Hex: what must never be seen anywhere. */
  readonly key: string;
  readonly chains: readonly string[];
}

const makeWallet = (name: string, threshold: number, coSigners: readonly string[], chains: readonly string[]) => {
  const key = bytes(`the key of ${name} in the simulation`);
  const keyHex = Buffer.from(key).toString('hex');
  const { shares, commitments } = splitKey(key, threshold, coSigners.length, stream(name));
  return {
    name,
    address: addressOfCommitment(commitments[0] ?? ''),
    threshold,
    commitments,
    holders: shares.map(({ index, scalar }, i) => ({
      coSigner: coSigners[i] ?? '',
      index,
      scalar: Buffer.from(scalar).toString('hex'),
    })),
    key: keyHex,
    chains,
  };
};

export const WALLETS: readonly SimulatedWallet[] = [
  makeWallet('treasury', 2, ['alice', 'bob', 'carol'], ['1', '10']),
  makeWallet('petty', 1, ['alice', 'bob'], ['1']),
];

/** Chain 1 has three urls, of which two must agree; chain 10 has one, which the law trusts. */
export const CHAINS = [
  { chainId: '1', finality: { kind: 'finalized' as const }, trusted: false, urls: ['rpc-a', 'rpc-b', 'rpc-c'] },
  { chainId: '10', finality: { kind: 'confirmations' as const, count: 6 }, trusted: true, urls: ['rpc-d'] },
];
/** Blocks: reorganisations go one less deep. */
export const FINAL_DEPTH = 6;
export const BLOCK_TIME = 12_000;

const rules = [
  {
    name: 'small',
    effect: 'allow',
    destinations: DESTINATIONS,
    maxValueWei: SMALL.toString(),
    maxFeeWei: (10n ** 18n).toString(),
    // Some requests revert: their data is no call that anybody knows.
    opaque: true,
  },
];
const large = { ...rules[0], name: 'large', maxValueWei: CAP.toString(), approvals: 3 };

/** What the law says of a chain's gas: in most histories no fork is near. */
const gasLaw = ({ gas, dataFee }: Profile, chainId: string) => ({
  forks: [{ name: 'osaka' }, ...(gas && chainId === '1' ? [{ name: 'amsterdam', date: timeText(FORK_AT) }] : [])],
  ...(gas && chainId === '1' ? { leastTipWei: LEAST_TIP.toString() } : {}),
  ...(dataFee && chainId === '10' ? { dataFee: { oracle: ORACLE, maxWei: (10n ** 15n).toString() } } : {}),
});

/** Who may be tied to the dApp's address, and who has asked then. */
const TIED = 'alice';
export const initiatorOf = (requester: string | undefined): string | undefined =>
  requester === computeAddress(DAPP_KEY) ? TIED : undefined;

/** Makes it a lab: here all share places lie in one bucket. Nobody calls these. */
const NOWHERE = {
  pubsub: { host: '127.0.0.1', port: 1, ca: '' },
  pubsubRest: 'http://127.0.0.1:1',
  storage: 'http://127.0.0.1:1',
  kms: 'http://127.0.0.1:1',
  compute: 'http://127.0.0.1:1',
  sts: 'http://127.0.0.1:1',
};

/** A register that is locked, two wallets, two chains. */
export const configFor = (world: World, profile: Profile): Config => {
  const window = { name: 'in-a-row', seconds: profile.window / 1000, maxWei: WINDOW_WEI.toString() };
  const provider = (who: string) => providerResource(providerOf(world, who));
  const law = {
    version: 1,
    name: DEPLOYMENT,
    operator: {
      projectId: world.project.id,
      projectNumber: world.project.number,
      identityProvider: provider('operator'),
      workloadAccount: accountEmail(world, 'workload'),
    },
    register: { projectNumber: world.project.number, lock: 'required', retentionSeconds: retentionOf(profile) / 1000 },
    chains: CHAINS.map(({ chainId, finality, trusted }) => ({
      ...{ chainId, name: `chain-${chainId}`, finality, trusted },
      ...gasLaw(profile, chainId),
      ...(profile.tokens && chainId === '1' ? { tokens: tokenLaw().tokens } : {}),
    })),
    coSigners: ['alice', 'bob', 'carol'].map((name) => ({
      name,
      releaseKey: releaseKey(world, name),
      identityProvider: provider(name),
      shareLocation: `gs://${bucketsOf(DEPLOYMENT).keys}/${name}/`,
      ...(profile.tied && name === TIED ? { requesters: [computeAddress(DAPP_KEY)] } : {}),
    })),
    wallets: WALLETS.map(({ name, address, threshold, commitments, holders, chains }) => ({
      name,
      address,
      chains: chains.map((chainId) => ({ chainId, startNonce: '0' })),
      threshold,
      epoch: 1,
      holders: holders.map(({ coSigner, index }) => ({ coSigner, index })),
      commitments,
      policy: {
        rules: [
          ...rules,
          ...(holders.length >= 3 ? [large] : []),
          ...(profile.tokens && name === WINDOWED ? [tokenLaw().rule] : []),
        ],
        ...(profile.lawDelay > 0
          ? { delays: [{ name: 'slow', seconds: profile.lawDelay / 1000, aboveWei: '0' }] }
          : {}),
        ...(profile.window > 0 && name === WINDOWED
          ? { windows: [window, ...(profile.tokens ? [tokenLaw().windowOf(profile.window / 1000)] : [])] }
          : {}),
      },
    })),
    limits: { maxValiditySeconds: profile.maxValidity / 1000 },
    ...(profile.lawDelay > 0 ? { endpoints: NOWHERE } : {}),
  };
  const operations = {
    zones: ZONES,
    machineType: 'n2d-standard-2',
    confidentialType: 'SEV',
    image: `${IMAGE_REPOSITORY}@${DIGEST}`,
    bootLimitSeconds: 240,
    turnLimitSeconds: 900,
    idleSeconds: 3,
    pollSeconds: 60,
    rpc: CHAINS.map(({ chainId, urls }) => ({ chainId, urls })),
  };
  return parseConfig(JSON.parse(JSON.stringify({ law, operations })));
};
