import type { Keys } from '#local/cloud/kms/keys.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Secrets } from '#local/cloud/secrets/secrets.ts';
import { chainsOf } from './chains.ts';
import { type Endpoints, IMAGE_REPOSITORY, type LabLaw, labLaw, labOperations } from './config.ts';
import { madeEventKey } from './event-key.ts';
import type { LabNode } from './node.ts';
import { type LabPlan, readLabPlan, type Shape } from './plan-file.ts';
import { startSecondUrl } from './second-url.ts';
import { keyProjects, readSplit, splitGroup, splitLaw } from './split.ts';
import type { LabWallet } from './wallet.ts';

/** What is there when law and operations are written. */
export interface Ground {
  readonly world: World;
  readonly wallets: readonly [LabWallet, ...LabWallet[]];
  readonly nodes: readonly [LabNode, ...LabNode[]];
  readonly blockTime: number | undefined;
  readonly endpoints: Endpoints & { readonly secretManager: string };
  readonly secrets: Secrets;
  readonly keys: Keys;
  /** The urls of a chain that operations name. */
  readonly urlsOf: (url: string, chainId: string) => Promise<readonly string[]>;
  /** Ends with the lab. */
  readonly onClose: (close: () => Promise<void>) => void;
}

/** Which example of terraform/ a lab takes rights, subscriptions, buckets, law and operations from. */
export interface LabShape {
  readonly plan: LabPlan;
  /** Where not the local cloud's usual one. */
  readonly project?: World['project'];
  /** Projects besides, in which keys lie. */
  readonly keyProjects: readonly string[];
  /** Of the node that the lab starts. */
  readonly chainId?: number;
  readonly law: (ground: Ground) => unknown;
  readonly operations: (ground: Ground, digest: string) => Promise<object>;
}

const usual = (change: (law: LabLaw) => unknown): LabShape => ({
  plan: readLabPlan('lab'),
  keyProjects: [],
  law: ({ world, wallets, nodes, blockTime, endpoints: { secretManager: _, ...endpoints } }) =>
    change(labLaw(world, wallets, chainsOf(nodes, blockTime), endpoints)),
  operations: async ({ nodes, urlsOf }, digest) =>
    labOperations(
      digest,
      await Promise.all(nodes.map(async ({ url, chainId }) => ({ chainId, urls: await urlsOf(url, chainId) }))),
    ),
});

/** Impatient as the lab, with all else as the example has it. */
const split = (): LabShape => {
  const example = readSplit();
  const { operator, chains } = example.law;
  return {
    plan: readLabPlan('split'),
    project: { id: operator.projectId, number: operator.projectNumber },
    keyProjects: keyProjects(example),
    chainId: Number(chains[0]?.chainId),
    law: ({ world, wallets: [wallet], nodes: [{ chainId }], endpoints, keys }) =>
      splitLaw(example, world, wallet, {
        chainId,
        endpoints,
        publicKeyOf: (version) => madeEventKey(keys, version),
      }),
    operations: async ({ nodes: [{ url, chainId }], secrets, urlsOf, onClose }, digest) => {
      const [first = url] = await urlsOf(url, chainId);
      const second = await startSecondUrl(url);
      onClose(second.close);
      const [{ urls } = { urls: [] }] = example.operations.rpc;
      const places = [first, second.url];
      for (const [n, name] of urls.entries())
        secrets.add(name.replace(/^secret:/, ''), Buffer.from(places[n] ?? second.url));
      const { zones, image: _, rpc: __, ...impatient } = labOperations(digest, []);
      return { ...impatient, ...example.operations, image: `${IMAGE_REPOSITORY}@${digest}`, rpc: [{ chainId, urls }] };
    },
  };
};

export const shapeOf = (shape: Shape, change: (law: LabLaw) => unknown = (law) => law): LabShape =>
  shape === 'split' ? split() : usual(change);

/** The group that a shape prescribes; undefined where whoever starts it chooses. */
export const groupOfShape = (shape: Shape): { readonly threshold: number; readonly coSigners: number } | undefined =>
  shape === 'split' ? splitGroup(readSplit()) : undefined;
