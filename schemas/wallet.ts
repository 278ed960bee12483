import { computeAddress } from 'ethers';
import { z } from 'zod';
import { address, name, spelled, uint64, uint256 } from './spellings.ts';

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
    /** Approvals that this rule asks for; at least the wallet's threshold. */
    approvals: z.number().int().min(1).max(16).optional(),
  })
  // "Deny up to 1 ETH" or "deny above"? A law that can be read in two ways is refused.
  .refine(({ effect, ...one }) => effect === 'allow' || !(one.maxValueWei ?? one.maxFeeWei ?? one.approvals), {
    message: 'a deny rule takes destinations and selectors only, no limits and no approvals',
    path: ['effect'],
  })
  .refine(({ destinations, selectors }) => selectors === undefined || !destinations.includes('create'), {
    message: 'init code has no selector: write a rule of its own for create',
    path: ['selectors'],
  })
  .readonly();

/** The most that what is sealed within any `seconds` may cost together: values and fee ceilings, on each chain by itself. */
const window = z
  .strictObject({
    name: spelled(name),
    seconds: z
      .number()
      .int()
      .min(60)
      .max(90 * 86_400),
    maxWei: spelled(uint256),
  })
  .readonly();

const policy = z
  .strictObject({
    rules: z
      .array(rule)
      .min(1)
      .refine((rules) => new Set(rules.map((one) => one.name)).size === rules.length, 'a rule name stands twice'),
    windows: z
      .array(window)
      .max(8)
      .refine(
        (windows) => new Set(windows.map((one) => one.name)).size === windows.length,
        'a window name stands twice',
      )
      .default([]),
    /** Above this value a request must name its nonce: then the chain alone guarantees once. */
    pinNonceAboveWei: spelled(uint256).optional(),
    requesterSignature: z.enum(['optional', 'required']).default('optional'),
    /** Only with signatures: without one, `requester` is a mere claim. */
    requesters: z.array(spelled(address)).min(1).optional(),
  })
  .refine((value) => value.requesters === undefined || value.requesterSignature === 'required', {
    message: 'requesters needs requesterSignature: "required"',
    path: ['requesters'],
  })
  .readonly();

/** EIP-55 address of a compressed public key in hex; undefined where the curve has no such point. */
const addressOfPoint = (point: string): string | undefined => {
  try {
    return computeAddress(`0x${point}`);
  } catch {
    return undefined;
  }
};

/** A wallet of the law. What concerns this wallet alone is checked here; chains and co-signers, where the law is whole. */
export const wallet = z
  .strictObject({
    name: spelled(name),
    address: spelled(address),
    chains: z.array(z.strictObject({ chainId: spelled(uint64), startNonce: spelled(uint64) }).readonly()).min(1),
    threshold: z.number().int().min(1).max(16),
    epoch: z.number().int().min(1).max(999_999),
    holders: z
      .array(z.strictObject({ coSigner: spelled(name), index: z.number().int().min(1).max(16) }).readonly())
      .min(1)
      .max(16),
    /** Feldman commitments, compressed points, constant term (the public key) first. */
    commitments: z
      .array(z.string().regex(/^0[23][0-9a-f]{64}$/))
      .min(1)
      .max(16),
    exclusive: z.boolean().default(true),
    policy,
  })
  .superRefine((one, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const repeated = (list: readonly (string | number)[]): boolean => new Set(list).size !== list.length;
    if (one.commitments.length !== one.threshold) issue(['commitments'], 'there must be exactly threshold commitments');
    // Found here, not in the first turn: with wrong commitments every good share looks wrong, and its holder is blamed.
    const addresses = one.commitments.map(addressOfPoint);
    if (addresses.includes(undefined)) issue(['commitments'], 'one is no point of secp256k1');
    else if (addresses[0] !== one.address)
      issue(['commitments'], `the first is the public key of ${addresses[0]}, not of the wallet's address`);
    if (one.holders.length < one.threshold) issue(['holders'], 'fewer holders than the threshold');
    if (repeated(one.holders.map(({ coSigner }) => coSigner)) || repeated(one.holders.map(({ index }) => index)))
      issue(['holders'], 'a co-signer or an index stands twice');
    if (repeated(one.chains.map(({ chainId }) => chainId))) issue(['chains'], 'a chain stands twice');
    one.policy.rules.forEach((each, r) => {
      if (each.approvals !== undefined && (each.approvals < one.threshold || each.approvals > one.holders.length))
        issue(['policy', 'rules', r, 'approvals'], 'must lie between the threshold and the number of holders');
    });
  })
  .readonly();
