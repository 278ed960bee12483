import { computeAddress } from 'ethers';
import { z } from 'zod';
import { policy } from './policy.ts';
import { address, name, spelled, uint64 } from './spellings.ts';

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
