import { z } from 'zod';
import { type Entry, type RegisterRef, readEntry, type Seal } from '#core/register/entry.ts';
import { nearestLower, previousOf } from '#core/register/previous.ts';
import { canonicalBytes, type Json, sha256Hex } from '#schemas/canonical.ts';
import { sealFolder, sealSeqOf } from '#schemas/names.ts';
import { isRequestId } from '#schemas/spellings.ts';

/** One entry as it lies in the register. Undefined `entry`: junk. */
export interface Kept {
  readonly name: string;
  readonly generation: string;
  readonly seq: bigint;
  readonly bytes: Uint8Array;
  readonly entry: Entry | undefined;
}

export type KeptSeal = Kept & { readonly entry: Seal };

export const isSeal = (one: Kept): one is KeptSeal => one.entry?.kind === 'seal';

/** An entry from its bytes; undefined where the name is none of this log. */
export const keptOf = (
  log: RegisterRef,
  { name, generation, bytes }: { readonly name: string; readonly generation: string; readonly bytes: Uint8Array },
): Kept | undefined => {
  const seq = sealSeqOf(name);
  return seq === undefined ? undefined : { name, generation, seq, bytes, entry: readEntry(bytes, name, log) };
};

export const nameIn = (log: RegisterRef, digits: string): string => `${sealFolder(log.chainId, log.address)}${digits}`;

export const bySeq = (a: Kept, b: Kept): number =>
  a.seq === b.seq ? (a.generation < b.generation ? -1 : 1) : a.seq < b.seq ? -1 : 1;

const own = z.looseObject({ previous: z.string() });
const fieldsOf = (bytes: Uint8Array): Record<string, unknown> & { previous: string } =>
  own.parse(JSON.parse(new TextDecoder().decode(bytes)));

/** What the evidence of a seal must name: sha256 of the canonical seal without it. */
export const evidenceNonceOf = ({ bytes }: KeptSeal): string => {
  const { evidence: _, ...rest } = fieldsOf(bytes);
  return sha256Hex(canonicalBytes(rest as Json));
};

type Readable = Kept & { readonly entry: Entry };

/** Without junk, which no seal names. */
const readable = (entries: readonly Kept[]): readonly Readable[] =>
  entries.filter((one): one is Readable => one.entry !== undefined);

const sha256OfText = (text: string): string => sha256Hex(new TextEncoder().encode(text));

/** What is wrong with the chain of `previous`, in words. */
export const brokenLinks = (kept: readonly Kept[]): readonly string[] => {
  const entries = readable(kept);
  return entries
    .filter(isSeal)
    .filter(({ bytes, seq }) => fieldsOf(bytes).previous !== previousOf(seq, { entries }, sha256OfText))
    .map(({ name }) => `${name} does not name the entry before it`);
};

/** Entries that belong into a bundle: every seal up to this place, and what the seals name as the entry before them. */
export const linkedUpTo = (seq: bigint, entries: readonly Kept[]): readonly Kept[] => {
  const seals = entries.filter((one) => isSeal(one) && one.seq <= seq);
  const named = readable(entries);
  const linked = new Set<Kept>(seals.flatMap((one) => nearestLower(one.seq, named)));
  return entries.filter((one) => seals.includes(one) || linked.has(one)).sort(bySeq);
};

/** What the nonces of a log show. `missing`: the first nonces of holes. Each in words. */
export interface Nonces {
  readonly missing: readonly string[];
  readonly conflicting: readonly string[];
}

/**
 * Walks the seals in their order. A request takes the next nonce. One that replaces another takes a nonce that was taken. One that skips what a
 * foreign transaction used may leave nonces out.
 */
export const walkNonces = (seals: readonly KeptSeal[], startNonce: bigint): Nonces => {
  const missing: string[] = [];
  const conflicting: string[] = [];
  const holders = new Map<bigint, string>();
  const placed = new Map<string, bigint>();
  let next = startNonce;
  for (const { id, nonce, request } of seals.toSorted(bySeq).flatMap(({ entry }) => entry.items)) {
    const before = placed.get(id);
    const replaces = isRequestId(request.replaces);
    if (before !== undefined && before !== nonce)
      conflicting.push(`request ${id} is sealed at nonces ${before} and ${nonce}`);
    else if (replaces && placed.get(request.replaces) !== nonce)
      conflicting.push(`request ${id} replaces ${request.replaces}, which is not sealed at nonce ${nonce}`);
    else if (!replaces && before === undefined && nonce < next)
      conflicting.push(`nonce ${nonce} is sealed for ${holders.get(nonce) ?? 'nobody, and was passed'} and for ${id}`);
    else if (!replaces && nonce > next && request.replaces !== 'foreign')
      missing.push(nonce - next === 1n ? `nonce ${next}` : `nonces ${next} to ${nonce - 1n}`);
    placed.set(id, nonce);
    if (!holders.has(nonce)) holders.set(nonce, id);
    if (nonce >= next) next = nonce + 1n;
  }
  return { missing, conflicting };
};
