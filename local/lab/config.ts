import { providerResource } from '#local/cloud/identity/provider.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { bucketsOf } from '#schemas/names.ts';
import { accountEmail } from './people.ts';
import { providerOf } from './pools.ts';
import type { LabWallet } from './wallet.ts';

export interface Endpoints {
  readonly pubsub: { readonly host: string; readonly port: number; readonly ca: string };
  readonly pubsubRest: string;
  readonly storage: string;
  readonly kms: string;
  readonly compute: string;
  readonly sts: string;
}

export const DEPLOYMENT = 'lab';
export const IMAGE_REPOSITORY = 'local/keyturn';

export const releaseKey = (world: World, coSigner: string): string =>
  `projects/${world.project.id}/locations/us-central1/keyRings/${coSigner}/cryptoKeys/release`;

const provider = (world: World, who: string): string => providerResource(providerOf(world, who));

/** Where the first contract lies that the node's funded account (the first of its mnemonic) deploys: a token to play with. */
export const LAB_TOKEN = '0x5FbDB2315678afecb367f032d93F642f64180aa3';

/** Somebody to pay: the second account of the node's mnemonic, which the README pays. */
export const LAB_SHOP = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export interface LabChain {
  readonly chainId: string;
  readonly name: string;
  /** Blocks on top of the one that is final. */
  readonly confirmations: number;
  /** The lab has started its node. */
  readonly isOwn: boolean;
}

/** The law of the lab: any destination, at most 10 ETH and 1000 TEST at a time, a register without a lock. All wallets have the same holders. */
export const labLaw = (
  world: World,
  wallets: readonly [LabWallet, ...LabWallet[]],
  chains: readonly LabChain[],
  endpoints: Endpoints,
) => ({
  version: 1,
  name: DEPLOYMENT,
  operator: {
    projectId: world.project.id,
    projectNumber: world.project.number,
    identityProvider: provider(world, 'operator'),
    workloadAccount: accountEmail(world, 'workload'),
  },
  register: { projectNumber: world.project.number, lock: 'off', retentionSeconds: 0 },
  chains: chains.map(({ chainId, name, confirmations, isOwn }) => ({
    chainId,
    name,
    finality: { kind: 'confirmations', count: confirmations },
    trusted: true,
    tokens: isOwn ? [{ address: LAB_TOKEN, symbol: 'TEST', decimals: 6 }] : [],
    names: isOwn ? [{ address: LAB_SHOP, name: 'Example Shop' }] : [],
    // What the lab's own node is started with (local/cloud/processes/anvil.ts). Of another one, the stricter rules hold.
    ...(isOwn ? { maxTransactionGas: '16777216', forks: [{ name: 'osaka' }] } : {}),
  })),
  coSigners: wallets[0].holders.map(({ coSigner }) => ({
    name: coSigner,
    releaseKey: releaseKey(world, coSigner),
    identityProvider: provider(world, coSigner),
    shareLocation: `gs://${bucketsOf(DEPLOYMENT).keys}/${coSigner}/`,
  })),
  wallets: wallets.map((wallet) => ({
    name: wallet.name,
    address: wallet.address,
    chains: chains.map(({ chainId }) => ({ chainId, startNonce: '0' })),
    threshold: wallet.threshold,
    epoch: 1,
    holders: wallet.holders,
    commitments: wallet.commitments,
    policy: {
      rules: [
        {
          name: 'lab-anyone-10-eth',
          effect: 'allow',
          destinations: ['*'],
          maxValueWei: (10n * 10n ** 18n).toString(),
          maxFeeWei: (10n ** 18n).toString(),
          tokens: chains
            .filter(({ isOwn }) => isOwn)
            .map(({ chainId }) => ({ chainId, token: 'TEST', maxUnits: (1000n * 10n ** 6n).toString() })),
        },
      ],
    },
  })),
  limits: { maxValiditySeconds: 86_400 },
  endpoints,
});

/** Impatient, as a demonstration has to be: the cloud's defaults idle longer and look less often. */
export const labOperations = (
  digest: string,
  rpc: readonly { readonly chainId: string; readonly urls: readonly string[] }[],
) => ({
  zones: ['us-central1-a', 'us-central1-b'],
  machineType: 'n2d-standard-2',
  confidentialType: 'SEV',
  image: `${IMAGE_REPOSITORY}@${digest}`,
  bootLimitSeconds: 30,
  turnLimitSeconds: 600,
  idleSeconds: 3,
  pollSeconds: 2,
  rpc,
});

export type LabLaw = ReturnType<typeof labLaw>;
