import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { World } from '#local/cloud/runtime/world.ts';
import { accountEmail } from './people.ts';
import type { LabWallet } from './wallet.ts';

/** As terraform/examples/split ships it: a law whose wallet has no key yet, and operations that name secrets and a subnetwork. */
const EXAMPLE = new URL('../../terraform/examples/split/keyturn.json', import.meta.url);

const wallet = z.looseObject({
  name: z.string(),
  threshold: z.number().int(),
  chains: z.array(z.looseObject({ chainId: z.string() })).length(1),
  holders: z.array(z.strictObject({ coSigner: z.string(), index: z.number().int() })),
  policy: z.looseObject({ requesterSignature: z.string(), requesters: z.array(z.string()) }),
});
const example = z.strictObject({
  law: z.looseObject({
    name: z.string(),
    operator: z.looseObject({ projectId: z.string(), projectNumber: z.string() }),
    chains: z.array(z.looseObject({ chainId: z.string() })).length(1),
    coSigners: z.array(z.looseObject({ name: z.string(), releaseKey: z.string() })),
    wallets: z.array(wallet).length(1),
    eventKeys: z.array(z.strictObject({ name: z.string(), version: z.string(), publicKey: z.string() })),
  }),
  operations: z.looseObject({
    rpc: z.array(z.strictObject({ chainId: z.string(), urls: z.array(z.string().startsWith('secret:')) })).length(1),
  }),
});
type Example = z.infer<typeof example>;

export const readSplit = (): Example => example.parse(JSON.parse(readFileSync(EXAMPLE, 'utf8')));

/** Whose wallet it is. */
export const splitGroup = ({ law }: Example): { readonly threshold: number; readonly coSigners: number } => ({
  threshold: law.wallets[0]?.threshold ?? 0,
  coSigners: law.coSigners.length,
});

/** Projects of the co-signers, each of whom has the own key in it. */
export const keyProjects = ({ law }: Example): readonly string[] =>
  law.coSigners.map(({ releaseKey }) => releaseKey.split('/')[1] ?? '');

/**
 * The law of the example. This lab's own are the wallet's key, the public keys that sign events, the node's chain, the endpoints and the machine's
 * account. Requests need no signature. Local accounts are spelled in another way, and nobody here has the key of a requester.
 */
export const splitLaw = (
  { law }: Example,
  world: World,
  { address, commitments, holders }: LabWallet,
  own: {
    readonly chainId: string;
    readonly endpoints: object;
    /** SubjectPublicKeyInfo of a version, in base64. */
    readonly publicKeyOf: (version: string) => string;
  },
) => ({
  ...law,
  operator: { ...law.operator, workloadAccount: accountEmail(world, 'workload') },
  chains: law.chains.map((chain) => ({ ...chain, chainId: own.chainId })),
  wallets: law.wallets.map((one) => ({
    ...one,
    address,
    chains: one.chains.map((chain) => ({ ...chain, chainId: own.chainId })),
    holders,
    commitments,
    policy: { ...one.policy, requesterSignature: 'optional', requesters: undefined },
  })),
  eventKeys: law.eventKeys.map((key) => ({ ...key, publicKey: own.publicKeyOf(key.version) })),
  endpoints: own.endpoints,
});
