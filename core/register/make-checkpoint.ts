import { maxCost } from '#core/transaction/fees.ts';
import { unsignedBytes } from '#core/transaction/transaction.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { ChainTokens } from '#schemas/tokens.ts';
import { type Checkpoint, inOrder, setDigest } from './checkpoint.ts';
import { notesFreshNonce, referenceOf } from './covered.ts';
import type { Entry, SealItem } from './entry.ts';
import { type EntryNote, type ItemNote, prefixOfId, prefixOfReference } from './notes.ts';
import type { RegisterView } from './rules.ts';
import { Sums } from './spent.ts';

/**
 * Entries above the newest checkpoint from which on the next seal comes with another: what a new machine reads one by one. A checkpoint costs one
 * create, so that it may be made often.
 */
export const CHECKPOINT_EVERY = 8;

const itemNote = ({ id, nonce, request }: SealItem): ItemNote => ({
  id: prefixOfId(id),
  reference: prefixOfReference(referenceOf(request)),
  replaces: isRequestId(request.replaces) ? prefixOfId(request.replaces) : '',
  nonce,
  cost: maxCost(request),
  bytes: unsignedBytes(request),
});

/** What a checkpoint keeps of one generation. */
export const noteOf = (entry: Entry | 'junk'): EntryNote => {
  if (entry === 'junk') return { kind: 'junk' };
  return entry.kind === 'close'
    ? { kind: 'close', ids: entry.items.map(({ id }) => prefixOfId(id)) }
    : { kind: 'seal', items: entry.items.map(itemNote) };
};

/**
 * What is below `seq`, down to the seal below which nothing can be as young as `since`, and all generations of that name. Never below the set of
 * the checkpoint before: what was put there since is not in its sums.
 */
const setBelow = (view: RegisterView, seq: bigint, since: number) => {
  const least = view.covered?.checkpoint.bottom ?? 0n;
  const below = inOrder(view.seen ?? []).filter((one) => one.seq < seq && one.seq >= least);
  const noted = below.map((one) => ({ ...one, note: 'note' in one ? one.note : noteOf(one.entry) }));
  const end = noted.find(({ timeCreated, note }) => timeCreated < since && notesFreshNonce(note));
  return end === undefined ? noted : noted.filter((one) => one.seq >= end.seq);
};

/** How many generations below `seq` a new machine reads one by one: those that the view's checkpoint does not cover. */
export const uncoveredBelow = ({ seen = [], covered }: RegisterView, seq: bigint): number =>
  seen.filter((one) => one.seq < seq && (covered === undefined || one.seq >= covered.checkpoint.seq)).length;

/** Where a checkpoint is made: with the seal at `seq`, under which law, and what it must hold. */
export interface CheckpointAt {
  readonly seq: bigint;
  readonly lawHash: string;
  readonly chain: ChainTokens;
  /** ms: how far back readers look for entries, and how far windows reach. */
  readonly since: number;
  readonly spentSince: number;
}

/**
 * A checkpoint of what a view shows below `seq`. It stands on the view alone: on entries that were read, and on an older checkpoint whose set was
 * listed. Undefined where nothing is there, or a listing told no CRC32C.
 */
export const checkpointOf = (
  view: RegisterView,
  { seq, lawHash, chain, ...wanted }: CheckpointAt,
): Checkpoint | undefined => {
  const before = view.covered?.checkpoint;
  const since = Math.max(view.since, wanted.since);
  const spentSince = Math.max(before === undefined ? view.since : before.spentSince, wanted.spentSince);
  const noted = setBelow(view, seq, since);
  const set = setDigest(noted);
  const bottom = noted.at(-1)?.seq;
  if (set === undefined || bottom === undefined) return undefined;
  const sums = new Sums(before?.spent);
  let highestNonce = before?.highestNonce;
  for (const { seq: place, timeCreated, entry } of view.entries) {
    if (place >= seq || entry.kind !== 'seal') continue;
    for (const { nonce } of entry.items) if (highestNonce === undefined || nonce > highestNonce) highestNonce = nonce;
    if (before === undefined || place >= before.seq) sums.add(entry, timeCreated, chain);
  }
  const entries = noted.map(({ note }) => note);
  const spent = sums.after(spentSince);
  return { seq, bottom, lawHash, since, spentSince, set, highestNonce, entries, spent };
};
