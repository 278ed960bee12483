import { z } from 'zod';
import { nameProblems } from './address-names.ts';
import { canonicalText, sha256Hex } from './canonical.ts';
import { chain } from './chain.ts';
import { KeyturnError } from './codes.ts';
import { delayProblems } from './delays.ts';
import { eventKeys } from './law-event-keys.ts';
import type { ShareLocation } from './names.ts';
import { type Policy, unknownTokens } from './policy.ts';
import { address, name, spelled, token, uint64 } from './spellings.ts';
import type { ChainTokens } from './tokens.ts';
import { rpcUrls } from './urls.ts';
import { wallet } from './wallet.ts';

/**
 * keyturn.json: `law` is what the image bakes and every seal hashes; `operations` is the operator's, read at run time and trusted for
 * nothing. Durations are …Seconds.
 */
const seconds = z.number().int().positive();
const DAY = 86_400;

const shareLocation = z
  .string()
  .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}\/([A-Za-z0-9._-]+\/)*$/, 'must be gs://bucket/ or gs://bucket/prefix/')
  .transform((url): ShareLocation => {
    const [, bucket = '', prefix = ''] = /^gs:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
    return Object.freeze({ bucket, prefix });
  });

const isWithin = (inner: ShareLocation, outer: ShareLocation): boolean =>
  inner.bucket === outer.bucket && inner.prefix !== outer.prefix && inner.prefix.startsWith(outer.prefix);

const provider = z
  .string()
  .regex(
    /^\/\/iam\.googleapis\.com\/projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    'must be //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER',
  );

const coSigner = z
  .strictObject({
    name: spelled(name),
    releaseKey: z
      .string()
      .regex(
        /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
        'must be the full resource name of a CryptoKey',
      ),
    identityProvider: provider,
    shareLocation,
    /** Addresses with which this co-signer asks. For what they ask, its share does not count. */
    requesters: z
      .array(spelled(address))
      .min(1)
      .max(64)
      .refine((list) => new Set(list).size === list.length, 'an address stands twice')
      .optional(),
  })
  .readonly();

/** Where Google's services are when they are not Google's: a lab only. Hosts without scheme are gRPC. */
const endpoints = z
  .strictObject({
    pubsub: z.strictObject({ host: z.string(), port: z.number().int(), ca: z.string() }).readonly(),
    pubsubRest: z.url(),
    storage: z.url(),
    kms: z.url(),
    compute: z.url(),
    sts: z.url(),
    secretManager: z.url().optional(),
  })
  .readonly();

export const lawSchema = z
  .strictObject({
    version: z.literal(1),
    name: spelled(name),
    operator: z
      .strictObject({
        projectId: spelled(token),
        projectNumber: spelled(uint64),
        identityProvider: provider,
        workloadAccount: spelled(token),
      })
      .readonly(),
    register: z
      .strictObject({
        projectNumber: spelled(uint64),
        lock: z.enum(['required', 'off']),
        retentionSeconds: z.number().int().min(0),
      })
      .readonly(),
    chains: z.array(chain).min(1),
    coSigners: z.array(coSigner).min(1).max(64),
    wallets: z.array(wallet).min(1),
    limits: z
      .strictObject({
        maxValiditySeconds: seconds.max(7 * DAY).default(DAY),
        /** Requests that may be open at once; counted at intake, approximately. */
        maxOpenPerWallet: seconds.max(100_000).default(1000),
        maxOpenPerRequester: seconds.max(100_000).default(100),
        /** Of those of a wallet, the ones whose requester signs nothing. */
        maxOpenUnsignedPerWallet: seconds.max(100_000).optional(),
      })
      .readonly(),
    /** None: events are not signed. */
    eventKeys: eventKeys.optional(),
    endpoints: endpoints.optional(),
  })
  .superRefine((law, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const repeated = (list: readonly string[]): boolean => new Set(list).size !== list.length;
    const chains = new Set(law.chains.map(({ chainId }) => chainId));
    const coSigners = new Set(law.coSigners.map((one) => one.name));
    if (repeated(law.chains.map((one) => one.chainId))) issue(['chains'], 'a chain id stands twice');
    if (repeated(law.coSigners.map((one) => one.name))) issue(['coSigners'], 'a co-signer stands twice');
    if (repeated(law.wallets.map((one) => one.name))) issue(['wallets'], 'a wallet name stands twice');
    if (repeated(law.wallets.map((one) => one.address)))
      issue(['wallets'], 'an address stands twice: two wallets would share one nonce sequence');
    if (repeated(law.coSigners.map(({ shareLocation: { bucket, prefix } }) => `${bucket}/${prefix}`)))
      issue(['coSigners'], 'two co-signers have one share location');
    // Rights and notifications go by prefix: who holds the outer one could answer in the name of the inner.
    for (const inner of law.coSigners) {
      const outer = law.coSigners.find((one) => isWithin(inner.shareLocation, one.shareLocation));
      if (outer !== undefined) issue(['coSigners'], `${inner.name}'s share location lies inside ${outer.name}'s`);
    }
    // One grant on it would open the shares of both.
    if (repeated(law.coSigners.map((one) => one.releaseKey)))
      issue(['coSigners'], 'two co-signers have one release key');
    law.wallets.forEach((one, i) => {
      const at = (...path: (string | number)[]) => ['wallets', i, ...path];
      for (const { coSigner: holder } of one.holders)
        if (!coSigners.has(holder)) issue(at('holders'), `${holder} is no co-signer`);
      for (const { chainId } of one.chains)
        if (!chains.has(chainId)) issue(at('chains'), `chain ${chainId} is not among the chains`);
      const own = law.chains.filter(({ chainId }) => one.chains.some((each) => each.chainId === chainId));
      for (const { path, message } of unknownTokens(one.policy, own)) issue(at('policy', ...path), message);
    });
    for (const { path, message } of [...delayProblems(law), ...nameProblems(law)]) issue([...path], message);
    const kept = horizonSeconds(law) + longestWindowSeconds(law.wallets.map(({ policy }) => policy)) + 8 * DAY;
    if (law.register.lock === 'required' && law.register.retentionSeconds < kept)
      issue(['register', 'retentionSeconds'], `must be at least ${kept}: the horizon, the longest window and 8 days`);
  })
  .readonly();

export const operationsSchema = z
  .strictObject({
    zones: z.array(spelled(token)).min(1),
    machineType: spelled(token),
    confidentialType: z.enum(['SEV', 'TDX']).default('SEV'),
    subnetwork: z.string().optional(),
    /** The image to launch, by digest: `repository@sha256:…`. */
    image: z.string().regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/, 'must be repository@sha256:digest'),
    bootLimitSeconds: seconds.default(600),
    turnLimitSeconds: seconds.default(3600),
    idleSeconds: z.number().int().min(0).default(120),
    pollSeconds: seconds.default(15),
    /** How long a transaction may wait in the pool before its next rung is sent. */
    bumpSeconds: seconds.default(60),
    rpc: z.array(z.strictObject({ chainId: spelled(uint64), urls: rpcUrls }).readonly()).min(1),
  })
  .readonly();

export type Law = z.infer<typeof lawSchema>;
export type Operations = z.infer<typeof operationsSchema>;
export type Wallet = Law['wallets'][number];
export type { Policy, PolicyRule, PolicyWindow } from './policy.ts';
export type CoSigner = Law['coSigners'][number];
export type ChainLaw = Law['chains'][number];
export interface Config {
  readonly law: Law;
  readonly lawHash: string;
  /** The canonical JSON of the law as given: what was hashed, and what is kept. */
  readonly lawText: string;
  readonly operations: Operations;
}

/** How far back the register binds: the longest validity and two hours of slack. */
export const horizonSeconds = (law: { limits: { maxValiditySeconds: number } }): number =>
  law.limits.maxValiditySeconds + 7200;

/** 0 where no policy has a window. */
export const longestWindowSeconds = (policies: readonly Pick<Policy, 'windows'>[]): number =>
  Math.max(0, ...policies.flatMap(({ windows }) => windows.map(({ seconds: length }) => length)));

const problems = (error: z.ZodError, root: string): string[] =>
  error.issues.map(({ path, message }) => `${[root, ...path].join('.')}: ${message}`);

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  } else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) deepFreeze(member);
  return value;
};

const parseWith = <T>(schema: z.ZodType<T>, value: unknown, root: string): T => {
  const result = schema.safeParse(value);
  if (!result.success) throw new KeyturnError('CONFIG', problems(result.error, root).join('\n'));
  return deepFreeze(result.data);
};

/** The law and its hash: sha256 of the canonical JSON *as given*, before defaults. Throws CONFIG with every problem. */
export const parseLaw = (value: unknown): Pick<Config, 'law' | 'lawHash' | 'lawText'> => {
  const law = parseWith(lawSchema, value, 'law');
  const lawText = canonicalText(JSON.parse(JSON.stringify(value)));
  return { law, lawHash: sha256Hex(new TextEncoder().encode(lawText)), lawText };
};

export const parseOperations = (value: unknown): Operations => parseWith(operationsSchema, value, 'operations');

/**
 * What is wrong with the two halves together. Where two urls must agree, a single url would let requests be sealed that can never be
 * settled.
 */
const togetherProblems = (law: Law, { rpc }: Operations): string[] =>
  rpc.flatMap(({ chainId, urls }, i) => {
    const chain = chainOf(law, chainId);
    if (chain === undefined || chain.trusted || urls.length > 1) return [];
    return [
      `operations.rpc.${i}.urls: two different urls must agree about outcomes on chain ${chainId}. The law does not call it trusted (law.chains: trusted, for a node of your own only)`,
    ];
  });

/** Both halves. Throws one CONFIG error that lists the problems of both. */
export const parseConfig = (value: unknown): Config => {
  const halves = z.strictObject({ law: z.unknown(), operations: z.unknown() }).safeParse(value);
  if (!halves.success) throw new KeyturnError('CONFIG', problems(halves.error, 'config').join('\n'));
  const law = lawSchema.safeParse(halves.data.law);
  const operations = operationsSchema.safeParse(halves.data.operations);
  const all = [
    ...(law.success ? [] : problems(law.error, 'law')),
    ...(operations.success ? [] : problems(operations.error, 'operations')),
  ];
  if (law.success && operations.success) all.push(...togetherProblems(law.data, operations.data));
  if (all.length > 0) throw new KeyturnError('CONFIG', all.join('\n'));
  return Object.freeze({ ...parseLaw(halves.data.law), operations: parseOperations(halves.data.operations) });
};

export const walletNamed = (law: Law, walletName: string): Wallet | undefined =>
  law.wallets.find((wallet) => wallet.name === walletName);
export const coSignerNamed = (law: Law, coSignerName: string): CoSigner | undefined =>
  law.coSigners.find((one) => one.name === coSignerName);
export const chainOf = (law: Law, chainId: string): ChainLaw | undefined =>
  law.chains.find((chain) => chain.chainId === chainId);

/** The tokens of one chain; none where the law does not know it. */
export const tokensOn = ({ chains }: Pick<Law, 'chains'>, chainId: string): ChainTokens =>
  chains.find((chain) => chain.chainId === chainId) ?? { chainId, tokens: [] };
