import { z } from 'zod';
import { canonicalBytes, type Json, sha256Hex } from '#schemas/canonical.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { parseFact, type ReceiptFact } from '#schemas/facts.ts';
import { data, hex64, spelled, uint64 } from '#schemas/spellings.ts';

/** A bundle is a folder: the manifest names every other file, with its sha256 (docs/formats.md). Paths are relative, with `/`. */
export type Files = ReadonlyMap<string, Uint8Array>;

export const MANIFEST = 'manifest.json';
export const RECEIPT = 'receipt.json';
export const CHAIN = 'chain.json';
export const SIGNED = 'signed.json';
export const lawFile = (lawHash: string): string => `laws/${lawHash}.json`;
/** By the digits of its name and its generation. */
export const entryFile = (objectName: string, generation: string): string =>
  `register/${objectName.slice(objectName.lastIndexOf('/') + 1)}.${generation}`;

/** The ciphertext of an approval, by its holder and its generation. */
export const shareFile = ({
  coSigner,
  generation,
}: {
  readonly coSigner: string;
  readonly generation: string;
}): string => `shares/${coSigner}.${generation}`;

const FILE =
  /^(receipt\.json|chain\.json|signed\.json|laws\/[0-9a-f]{64}\.json|(register\/[0-9]{12}|shares\/[a-z0-9-]{1,64})\.[0-9]{1,20})$/;

const manifest = z.strictObject({
  version: z.literal('1'),
  kind: z.literal('audit'),
  id: spelled(hex64),
  files: z
    .array(z.strictObject({ name: z.string().regex(FILE), sha256: spelled(hex64) }))
    .min(3)
    .max(200_000),
});

const proof = z.array(spelled(data)).min(1).max(64);

/** The mined transaction in its block: what the block's hash commits to, and nothing that is only told. */
export const chainSchema = z.strictObject({
  /** RLP of the block's header. */
  header: spelled(data),
  /** Place of the transaction in its block. */
  index: spelled(uint64),
  transactionProof: proof,
  receiptProof: proof,
  /** Of the receipt before it, since a receipt tells gas as a sum; empty for the first. */
  previousReceiptProof: z.array(spelled(data)).max(64),
  /** Every receipt of the block, where logs of a later one are to be numbered. A receipt does not tell how many logs came before. Else empty. */
  receipts: z.array(spelled(data)).max(20_000),
});
export type ChainFile = z.infer<typeof chainSchema>;

/** A bundle whose files are those of its manifest. */
export interface Bundle {
  readonly id: string;
  readonly files: Files;
  readonly receipt: ReceiptFact;
}

const broken = (message: string, cause?: unknown) => new KeyturnError('MALFORMED', message, { cause });

/** JSON in its one canonical form, so that no byte of it is free. Throws MALFORMED. */
export const canonicalJson = (name: string, bytes: Uint8Array): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw broken(`${name} is no JSON`, cause);
  }
  if (sha256Hex(canonicalBytes(value as Json)) !== sha256Hex(bytes)) throw broken(`${name} is not canonical JSON`);
  return value;
};

const parsedAs = <T>(name: string, schema: z.ZodType<T>, bytes: Uint8Array): T => {
  const { data: value, error } = schema.safeParse(canonicalJson(name, bytes));
  if (error !== undefined)
    throw broken(`${name}: ${error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`);
  return value as T;
};

export const chainOfBundle = (bytes: Uint8Array): ChainFile => parsedAs(CHAIN, chainSchema, bytes);

/** The manifest that goes with these files. */
export const manifestOf = (id: string, files: Files): Uint8Array =>
  canonicalBytes({
    version: '1',
    kind: 'audit',
    id,
    files: [...files]
      .filter(([name]) => name !== MANIFEST)
      .map(([name, bytes]) => ({ name, sha256: sha256Hex(bytes) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  });

/** A whole bundle out of its files. Throws MALFORMED where a file is missing, too many, or another than the manifest says. */
export const openBundle = (files: Files): Bundle => {
  const bytes = files.get(MANIFEST);
  if (bytes === undefined) throw broken(`there is no ${MANIFEST}`);
  const { id, files: named } = parsedAs(MANIFEST, manifest, bytes);
  const stray = [...files.keys()].find((name) => name !== MANIFEST && !named.some((each) => each.name === name));
  if (stray !== undefined) throw broken(`${stray} is not in the manifest`);
  for (const { name, sha256 } of named) {
    const content = files.get(name);
    if (content === undefined) throw broken(`${name} is missing`);
    if (sha256Hex(content) !== sha256) throw broken(`${name} is not the file that the manifest names`);
  }
  if (sha256Hex(manifestOf(id, files)) !== sha256Hex(bytes)) throw broken(`${MANIFEST} lists its files in another way`);
  const stored = files.get(RECEIPT);
  if (stored === undefined) throw broken(`${RECEIPT} is missing`);
  canonicalJson(RECEIPT, stored);
  const receipt = parseFact('receipt', stored);
  if (receipt.id !== id) throw broken(`${RECEIPT} is of another request than the manifest says`);
  return { id, files, receipt };
};

/** What a parser says against something, in words; undefined where it says nothing. */
export const wordsOf = (error: unknown): string => {
  if (!isKeyturnError(error)) throw error;
  return error.message;
};
