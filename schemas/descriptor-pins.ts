import { z } from 'zod';
import { address, type Spelling, spelled } from './spellings.ts';

/** A file beside the law, and no path: it can neither leave its folder nor name a url. */
export const descriptorFile: Spelling = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,90}\.json$/.test(text)
    ? undefined
    : 'must be a file name of A-Z a-z 0-9 . _ - that ends in .json, without a folder';

/** As ERC-8176 writes it. */
const descriptorHash: Spelling = (text) =>
  /^0x[0-9a-f]{64}$/.test(text) ? undefined : 'must be 0x and 64 lower-case hex digits';

/**
 * Which ERC-7730 descriptor the co-signers accept for a contract: https://eips.ethereum.org/EIPS/eip-7730. `hash` is that of ERC-8176, with its
 * includes resolved. The law pins it; whoever reads a request renders it (docs/clear-signing.md). It decides nothing in the image.
 */
const pin = z
  .strictObject({ address: spelled(address), file: spelled(descriptorFile), hash: spelled(descriptorHash) })
  .readonly();

export type DescriptorPin = z.infer<typeof pin>;

/** The pins of one chain. Two for one contract would be two readings of one call. */
export const descriptorPins = z
  .array(pin)
  .max(256)
  .refine((list) => new Set(list.map((one) => one.address)).size === list.length, 'an address stands twice')
  .refine(
    (list) => list.every(({ file, hash }) => list.every((other) => other.file !== file || other.hash === hash)),
    'a file stands twice, with two hashes',
  )
  .optional();
