import { z } from 'zod';
import { callRule } from './call-rule.ts';
import { delays } from './delays.ts';
import { knownFunction } from './known-functions.ts';
import { address, name, spelled, uint256 } from './spellings.ts';
import { type ChainTokens, isOneLimit, type TokenName, tokenAmount, tokenCap, tokenNamed } from './tokens.ts';

const rule = z
  .strictObject({
    name: spelled(name),
    effect: z.enum(['allow', 'deny']),
    /** Addresses, or `*` for any; `create` admits contract creation. */
    destinations: z.array(z.union([spelled(address), z.literal('*'), z.literal('create')])).min(1),
    maxValueWei: spelled(uint256).optional(),
    /** Ceiling of gasLimit × maxFeePerGas. */
    maxFeeWei: spelled(uint256).optional(),
    /** First four bytes of data (`0x` + 8 digits), or `0x` for a plain transfer. Absent: any. */
    selectors: z
      .array(z.string().regex(/^0x([0-9a-f]{8})?$/))
      .min(1)
      .optional(),
    /** Functions, with limits of their arguments. Absent: any. */
    calls: z.array(callRule).min(1).max(64).optional(),
    /** What calls may move or allow of each token. Absent: nothing. `any`: any amount of any token. */
    tokens: z.union([z.literal('any'), z.array(z.strictObject(tokenCap).readonly()).max(256)]).optional(),
    /** Admits calls that cannot be decoded: nobody knows what they move. */
    opaque: z.boolean().optional(),
    /** Approvals that this rule asks for; at least the wallet's threshold. */
    approvals: z.number().int().min(1).max(16).optional(),
  })
  .superRefine((one, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    // "Deny up to 1 ETH" or "deny above"? A law that can be read in two ways is refused.
    if (one.effect === 'deny') {
      const limits = [one.maxValueWei, one.maxFeeWei, one.approvals, one.tokens, one.opaque];
      if (
        limits.some((each) => each !== undefined) ||
        one.calls?.some(({ limits: all }) => all.some((each) => each.atMost !== undefined))
      )
        issue(['effect'], 'a deny rule takes destinations, selectors and calls only, no caps and no approvals');
    }
    if ((one.selectors ?? one.calls) !== undefined && one.destinations.includes('create'))
      issue(
        [one.selectors === undefined ? 'calls' : 'selectors'],
        'init code has no selector: write a rule of its own for create',
      );
    if (one.selectors !== undefined && one.calls !== undefined)
      issue(['calls'], 'a rule takes selectors or calls, not both');
    if (one.opaque !== undefined && one.calls !== undefined)
      issue(['opaque'], 'calls that are named are decoded: write a rule of its own for the others');
    if (one.effect === 'allow' && one.opaque !== true)
      one.selectors?.forEach((selector, n) => {
        if (selector !== '0x' && knownFunction(selector) === undefined)
          issue(['selectors', n], 'no known function: name it in calls, or say opaque: true');
      });
    const caps = Array.isArray(one.tokens) ? one.tokens.map(({ chainId, token }) => `${chainId} ${token}`) : [];
    if (new Set(caps).size !== caps.length) issue(['tokens'], 'a token stands twice');
  })
  .readonly();

/** The most that what is sealed within any `seconds` may cost together: values and fee ceilings on each chain by itself. Or one token's amounts. */
const window = z
  .strictObject({
    name: spelled(name),
    seconds: z
      .number()
      .int()
      .min(60)
      .max(90 * 86_400),
    maxWei: spelled(uint256).optional(),
    chainId: tokenCap.chainId.optional(),
    token: tokenCap.token.optional(),
    maxUnits: tokenCap.maxUnits.optional(),
  })
  .superRefine(({ maxWei, chainId, token, maxUnits }, context) => {
    if (!isOneLimit(maxWei, [chainId, token, maxUnits]))
      context.addIssue({
        code: 'custom',
        path: ['maxWei'],
        message: 'a window has either maxWei, or chainId, token and maxUnits',
      });
  })
  .readonly();

/** Two functions that share a selector cannot be told apart. */
const collision = (rules: readonly z.infer<typeof rule>[]): string | undefined => {
  const seen = new Map<string, string>();
  for (const { function: declared } of rules.flatMap(({ calls }) => calls ?? [])) {
    const before = seen.get(declared.selector) ?? declared.signature;
    if (before !== declared.signature) return `${before} and ${declared.signature} have one selector`;
    seen.set(declared.selector, declared.signature);
  }
  return undefined;
};

export const policy = z
  .strictObject({
    rules: z
      .array(rule)
      .min(1)
      .refine((rules) => new Set(rules.map((one) => one.name)).size === rules.length, 'a rule name stands twice')
      .superRefine((rules, context) => {
        const message = collision(rules);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      }),
    windows: z
      .array(window)
      .max(16)
      .refine(
        (windows) => new Set(windows.map((one) => one.name)).size === windows.length,
        'a window name stands twice',
      )
      .default([]),
    /** Above this value a request must name its nonce: then the chain alone guarantees once. */
    pinNonceAboveWei: spelled(uint256).optional(),
    /** The same for amounts of tokens. */
    pinNonceAboveTokens: z.array(tokenAmount).max(256).optional(),
    /** Above these amounts it waits after the approvals, and each co-signer may veto. */
    delays: delays.optional(),
    requesterSignature: z.enum(['optional', 'required']).default('optional'),
    /** Only with signatures: without one, `requester` is a mere claim. */
    requesters: z.array(spelled(address)).min(1).optional(),
  })
  .refine((value) => value.requesters === undefined || value.requesterSignature === 'required', {
    message: 'requesters needs requesterSignature: "required"',
    path: ['requesters'],
  })
  .readonly();

export type Policy = z.infer<typeof policy>;
export type PolicyRule = Policy['rules'][number];
export type PolicyWindow = Policy['windows'][number];

/** Tokens that the policy names and the law does not: on these chains, which are the wallet's. */
export const unknownTokens = (
  { rules, windows, pinNonceAboveTokens = [], delays: waits = [] }: Policy,
  chains: readonly ChainTokens[],
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] => {
  const found: { path: (string | number)[]; message: string }[] = [];
  const look = (named: TokenName, ...path: (string | number)[]): void => {
    if (chains.every((chain) => tokenNamed(named, chain) === undefined))
      found.push({ path, message: `chain ${named.chainId} of this wallet names no token ${named.token}` });
  };
  rules.forEach(({ tokens }, r) => {
    if (!Array.isArray(tokens)) return;
    tokens.forEach((each, n) => {
      look(each, 'rules', r, 'tokens', n, 'token');
    });
  });
  for (const [field, all] of [
    ['windows', windows],
    ['delays', waits],
  ] as const)
    all.forEach(({ chainId, token }, n) => {
      if (chainId !== undefined && token !== undefined) look({ chainId, token }, field, n, 'token');
    });
  pinNonceAboveTokens.forEach((each, n) => {
    look(each, 'pinNonceAboveTokens', n, 'token');
  });
  return found;
};
