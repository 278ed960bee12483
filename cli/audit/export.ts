import type { Session } from '#cli/app/session.ts';
import { lawOrNone, readKeptLaw } from '#core/facts/kept-laws.ts';
import { listAll } from '#core/facts/store.ts';
import type { Storage } from '#core/ports.ts';
import { type Approval, MAX_ENTRY_BYTES, type RegisterRef } from '#core/register/entry.ts';
import { MAX_SHARE_BYTES } from '#core/shares/quorum.ts';
import { canonicalBytes, type Json } from '#schemas/canonical.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { type Law, walletNamed } from '#schemas/config.ts';
import { parseFact, type ReceiptFact } from '#schemas/facts.ts';
import { outcomeObject, sealFolder, sealObject, sealSeqOf, signedObject } from '#schemas/names.ts';
import { CHAIN, entryFile, lawFile, MANIFEST, manifestOf, RECEIPT, SIGNED, shareFile } from './bundle.ts';
import { chainFileOf } from './encode.ts';
import { type Kept, keptOf, linkedUpTo } from './log.ts';

/** A bundle as it was made, and what could not be had for it, in words. */
export interface Made {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly left: readonly string[];
}

const readOr = async (storage: Storage, bucket: string, name: string): Promise<Uint8Array> => {
  const content = await storage.read(bucket, name, { limit: MAX_ENTRY_BYTES });
  if (content === undefined) throw new KeyturnError('NOT_FOUND', `there is no gs://${bucket}/${name}`);
  return content.bytes;
};

/** The entries of a log, all generations; each is read once. Junk too: whoever asks says what it is worth. */
export const readLog = async (storage: Storage, log: RegisterRef, signal: AbortSignal): Promise<readonly Kept[]> => {
  const kept: Kept[] = [];
  const folder = sealFolder(log.chainId, log.address);
  let from: string | undefined;
  do {
    const page = await storage.list(log.registerBucket, folder, {
      versions: true,
      limit: 200,
      ...(from === undefined ? {} : { from }),
    });
    for (const object of page.objects) {
      signal.throwIfAborted();
      const { name, generation } = object;
      const seq = sealSeqOf(name);
      if (seq === undefined || sealObject(log.chainId, log.address, seq) !== name) continue;
      const limit = MAX_ENTRY_BYTES;
      const isLarge = object.size > limit;
      const content = isLarge
        ? undefined
        : await storage.read(log.registerBucket, name, { generation, limit, listed: object });
      if (!isLarge && content === undefined)
        throw new KeyturnError('REGISTER_CORRUPT', `${name} generation ${generation} is listed but cannot be read`);
      const one = keptOf(log, { name, generation, bytes: content?.bytes ?? new Uint8Array() });
      if (one !== undefined) kept.push(one);
    }
    from = page.next;
  } while (from !== undefined);
  return kept;
};

/** The receipt of a settled request. Throws NOT_FOUND where it has none. */
export const receiptBytesOf = async (storage: Storage, results: string, id: string): Promise<Uint8Array> => {
  const outcome = parseFact('outcome', await readOr(storage, results, outcomeObject(id)));
  if (outcome.receipt === '')
    throw new KeyturnError('NOT_FOUND', `request ${id} ended as ${outcome.outcome}: it has no receipt to audit`, {
      field: 'id',
    });
  return readOr(storage, results, outcome.receipt);
};

const lawOf = async (
  storage: Storage,
  results: string,
  { lawHash }: ReceiptFact,
): Promise<{ bytes: Uint8Array; law: Law | undefined }> => {
  const bytes = await readKeptLaw(storage, results, lawHash);
  if (bytes === undefined)
    throw new KeyturnError('NOT_FOUND', `the law ${lawHash} is not kept yet; reconcile keeps it with its next tick`, {
      field: 'law',
    });
  return { bytes, law: lawOrNone(bytes) };
};

/** The approvals of a receipt, as its seal names them. */
const approvalsIn = (entries: readonly Kept[], { id, seal, sealGeneration }: ReceiptFact): readonly Approval[] => {
  const found = entries.find(({ name, generation }) => name === seal && generation === sealGeneration)?.entry;
  return found?.kind === 'seal' ? (found.items.find((item) => item.id === id)?.approvals ?? []) : [];
};

/** A co-signer may read the own ones; nobody else may, but the image. */
const ciphertextOf = async (
  storage: Storage,
  law: Law | undefined,
  { coSigner, object, generation }: Approval,
): Promise<Uint8Array> => {
  const bucket = law?.coSigners.find(({ name }) => name === coSigner)?.shareLocation.bucket ?? '';
  const content = await storage.read(bucket, object, { generation, limit: MAX_SHARE_BYTES });
  if (content === undefined) throw new KeyturnError('NOT_FOUND', `there is no generation ${generation} of ${object}`);
  return content.bytes;
};

/** What may be missing is left out, and said. Faults that are no answer are thrown on. */
const orLeft = async <T>(what: string, left: string[], work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    left.push(`${what}: ${error.message}`);
    return undefined;
  }
};

/** Makes the bundle of one receipt, by the reader's own rights and nodes. Throws what Storage throws, and NOT_FOUND. */
export const makeBundle = async (session: Session, id: string): Promise<Made> => {
  const { deployment, ports, signal } = session;
  const { results, register, signed } = deployment.buckets;
  const storage = await ports.storage();
  const left: string[] = [];
  const receiptBytes = await receiptBytesOf(storage, results, id);
  const receipt = parseFact('receipt', receiptBytes);
  const { bytes: lawBytes, law } = await lawOf(storage, results, receipt);
  if (law === undefined) left.push(`what the law ${receipt.lawHash} names: this version does not read it`);
  const address = (law && walletNamed(law, receipt.wallet)?.address) ?? receipt.from;
  const log = { chainId: receipt.chainId, address, registerBucket: register };
  const entries = await readLog(storage, log, signal);
  const files = new Map<string, Uint8Array>([
    [RECEIPT, receiptBytes],
    [lawFile(receipt.lawHash), lawBytes],
    ...linkedUpTo(sealSeqOf(receipt.seal) ?? 0n, entries).map(
      ({ name, generation, bytes }) => [entryFile(name, generation), bytes] as const,
    ),
  ]);
  const chain = await orLeft(
    CHAIN,
    left,
    ports.rawBlock(receipt.chainId, receipt.blockHash).then((raw) => chainFileOf(raw, receipt)),
  );
  if (chain !== undefined) files.set(CHAIN, canonicalBytes({ ...chain } as Json));
  const rungs = await orLeft(SIGNED, left, readOr(storage, signed, signedObject(id)));
  if (rungs !== undefined) files.set(SIGNED, rungs);
  const approvals = law === undefined ? [] : approvalsIn(entries, receipt);
  for (const one of approvals) {
    const read = ciphertextOf(storage, law, one);
    const bytes = await orLeft(shareFile(one), left, read);
    if (bytes !== undefined) files.set(shareFile(one), bytes);
  }
  files.set(MANIFEST, manifestOf(id, files));
  return { files, left };
};

/** Ids of all receipts, by the names under which they lie. */
export const idsOfReceipts = async (storage: Storage, results: string): Promise<readonly string[]> =>
  (await listAll(storage, results, 'receipts/')).flatMap(({ name }) => {
    const [, id] = /^receipts\/[0-9/]{10}\/([0-9a-f]{64})\.json$/.exec(name) ?? [];
    return id === undefined ? [] : [id];
  });
