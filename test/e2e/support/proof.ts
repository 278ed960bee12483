import { createHash, X509Certificate } from 'node:crypto';
import canonicalize from 'canonicalize';
import { keccak256, toUtf8Bytes, verifyTypedData } from 'ethers';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Fields } from './lab.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const header = z.object({ x5c: z.array(z.string()).length(3) });

/** A seal as somebody reads it who has only docs/formats.md: JSON, RFC 8785, EIP-712, X.509. */
export const entrySchema = z.looseObject({
  version: z.literal(2),
  kind: z.literal('seal'),
  chainId: z.string(),
  address: z.string(),
  seq: z.string(),
  previous: z.string(),
  lawHash: z.string(),
  items: z.array(
    z.looseObject({
      id: z.string(),
      nonce: z.string(),
      rule: z.string(),
      rungs: z.array(z.string()),
      approvals: z.array(z.looseObject({ coSigner: z.string(), object: z.string(), sha256: z.string() })),
    }),
  ),
  signature: z.string(),
  evidence: z.string(),
});

const without = (entry: Fields, ...names: string[]): string =>
  canonicalize(Object.fromEntries(Object.entries(entry).filter(([name]) => !names.includes(name)))) ?? '';

/** Who signed the entry, by ethers' own typed-data code. */
export const signerOf = (entry: z.infer<typeof entrySchema>, registerBucket: string): string =>
  verifyTypedData(
    {
      name: 'keyturn',
      version: '2',
      chainId: BigInt(entry.chainId),
      salt: keccak256(toUtf8Bytes(`gs://${registerBucket}`)),
    },
    {
      Seal: [
        { name: 'seq', type: 'uint256' },
        { name: 'previous', type: 'bytes32' },
        { name: 'content', type: 'bytes32' },
      ],
    },
    {
      seq: BigInt(entry.seq),
      previous: `0x${entry.previous}`,
      content: `0x${sha256(without(entry, 'signature', 'evidence'))}`,
    },
    entry.signature,
  );

/** What the evidence nonce must be. */
export const nonceOf = (entry: Fields): string => sha256(without(entry, 'evidence'));

/** Claims of a PKI token, verified offline against a pinned root. Throws where any link does not hold. */
export const evidenceClaims = async (token: string, rootPem: string): Promise<Fields> => {
  const { x5c } = header.parse(decodeProtectedHeader(token));
  const [leaf, middle, given] = x5c.map((der) => new X509Certificate(Buffer.from(der, 'base64')));
  const root = new X509Certificate(rootPem);
  if (leaf === undefined || middle === undefined || given?.fingerprint256 !== root.fingerprint256)
    throw new Error('the chain does not end at the pinned root');
  if (!leaf.verify(middle.publicKey) || !middle.verify(root.publicKey)) throw new Error('the chain does not hold');
  const { payload } = await jwtVerify(token, leaf.publicKey, { algorithms: ['RS256'] });
  return payload;
};
