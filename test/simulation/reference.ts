import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { keccak256, recoverAddress, TypedDataEncoder, toUtf8Bytes } from 'ethers';
import { z } from 'zod';

/**
 * docs/formats.md once more, written without the code that is under test: what a request's id, a true seal and a close are. Co-signers in
 * the simulation compute ids with it, and the invariants read the register with it. So no mutant of the protocol also changes the judge.
 */
const FIELDS =
  'wallet chainId type to value data accessList gasLimit maxFeePerGas maxPriorityFeePerGas nonce replaces validUntil reference memo requester'.split(
    ' ',
  );
const REGISTER = 'lab-register';

export type Fields = Readonly<Record<string, string>>;

const domain = (chainId: string) => ({
  name: 'keyturn',
  version: '2',
  chainId: BigInt(chainId),
  salt: keccak256(toUtf8Bytes(`gs://${REGISTER}`)),
});

export const idOf = (request: Fields, walletAddress: string): string =>
  TypedDataEncoder.hash(
    domain(request.chainId ?? '0'),
    { Request: [...FIELDS.map((name) => ({ name, type: 'string' })), { name: 'walletAddress', type: 'address' }] },
    { ...Object.fromEntries(FIELDS.map((field) => [field, request[field] ?? ''])), walletAddress },
  ).slice(2);

/** What a requester signs to withdraw a signed request. */
export const withdrawalOf = (id: string, chainId: string): string =>
  TypedDataEncoder.hash(
    domain(chainId),
    { Withdrawal: [{ name: 'request', type: 'bytes32' }] },
    { request: `0x${id}` },
  );

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const item = z.looseObject({
  id: z.string(),
  nonce: z.string(),
  request: z.record(z.string(), z.string()),
  rungs: z.array(z.string()),
  approvals: z.array(
    z.looseObject({ coSigner: z.string(), object: z.string(), generation: z.string(), sha256: z.string() }),
  ),
});
export type Item = z.infer<typeof item>;
const seal = z.looseObject({
  version: z.literal(2),
  kind: z.literal('seal'),
  chainId: z.string(),
  address: z.string(),
  seq: z.string(),
  previous: z.string(),
  items: z.array(item),
  signature: z.string(),
  evidence: z.string(),
});
const close = z.looseObject({ kind: z.literal('close'), items: z.array(z.object({ id: z.string() })) });

export type ReferenceEntry =
  | {
      readonly kind: 'seal';
      readonly seq: bigint;
      readonly items: readonly Item[];
      readonly evidence: string;
      readonly evidenceNonce: string;
    }
  | { readonly kind: 'close'; readonly ids: readonly string[] };

/** An entry as docs/formats.md describes it, or undefined for junk. */
export const readEntry = (bytes: Uint8Array, objectName: string): ReferenceEntry | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  const closed = close.safeParse(value);
  if (closed.success) return { kind: 'close', ids: closed.data.items.map(({ id }) => id) };
  const read = seal.safeParse(value);
  if (!read.success) return undefined;
  const { signature, evidence, ...content } = read.data;
  const { chainId, address, seq, previous, items } = content;
  if (objectName !== `seals/${chainId}/${address}/${String(10n ** 12n - 1n - BigInt(seq)).padStart(12, '0')}`)
    return undefined;
  if (items.some((one) => idOf(one.request, address) !== one.id)) return undefined;
  const digest = TypedDataEncoder.hash(
    domain(chainId),
    {
      Seal: [
        { name: 'seq', type: 'uint256' },
        { name: 'previous', type: 'bytes32' },
        { name: 'content', type: 'bytes32' },
      ],
    },
    { seq: BigInt(seq), previous: `0x${previous}`, content: `0x${sha256(canonicalize(content) ?? '')}` },
  );
  try {
    if (recoverAddress(digest, signature) !== address) return undefined;
  } catch {
    return undefined;
  }
  return {
    kind: 'seal',
    seq: BigInt(seq),
    items,
    evidence,
    evidenceNonce: sha256(canonicalize({ ...content, signature }) ?? ''),
  };
};
