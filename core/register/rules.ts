import type { Code } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Generation } from './checkpoint.ts';
import { type Covered, mustBeRead, notesFreshNonce, referenceOf as sharedReference, unread } from './covered.ts';
import type { Entry, SealItem } from './entry.ts';
import type { Limits } from './limits.ts';
import type { EntryNote } from './notes.ts';

/**
 * The register: one append-only log for each (chain, wallet). Everything here is pure; reading the bucket is read.ts.
 * docs/register.md gives the rules and why they hold. Conflicts are judged in full. Place, liveness and order of entries decide nothing.
 */
export interface ListedEntry {
  readonly name: string;
  readonly generation: string;
  readonly seq: bigint;
  /** ms */
  readonly timeCreated: number;
  /** Certainly there when the listing began: on its first page, or created before. */
  readonly early: boolean;
  readonly entry: Entry;
}

/** A generation that a read listed, and what is known to be in it: its entry, or what a checkpoint notes of it. */
export type SeenGeneration = Generation & { readonly timeCreated: number } & (
    | { readonly entry: Entry | 'junk' }
    | { readonly note: EntryNote }
  );

/** What one read shows: every generation of every entry created since `since`, and the newest seals before it. */
export interface RegisterView {
  readonly entries: readonly ListedEntry[];
  /** Names that have or had a generation, junk included. */
  readonly taken: ReadonlySet<bigint>;
  /** ms, the Date of the listing. */
  readonly at: number;
  /** ms. Entries created earlier need not be in it. */
  readonly since: number;
  /** What a checkpoint notes of the entries that were not read. Missing: all were. */
  readonly covered?: Covered;
  /** All that was listed and read or noted, junk too, for who makes the next checkpoint. Missing where nobody asked for checkpoints. */
  readonly seen?: readonly SeenGeneration[];
}

/** One request at one nonce: what two entries can disagree about. */
export interface Placed {
  readonly id: string;
  readonly nonce: bigint;
  readonly request: TransactionRequest;
}

/** Holds a request that took a nonce of its own: then no older seal can hold a higher one. */
export const takesFreshNonce = (entry: Entry): boolean =>
  entry.kind === 'seal' && entry.items.some(({ request }) => !isRequestId(request.replaces));

/** Every request that the view shows sealed, once for each entry that was read and holds it. */
export const sealItems = (view: RegisterView): readonly SealItem[] =>
  view.entries.flatMap(({ entry }) => (entry.kind === 'seal' ? entry.items : []));

/** The request at the end of a chain of replacements: all of them count as one id. A loop cannot be built (an id is a hash). */
const rootOf = (item: Placed, byId: ReadonlyMap<string, Placed>): string => {
  const target = isRequestId(item.request.replaces) ? byId.get(item.request.replaces) : undefined;
  if (target !== undefined) return rootOf(target, byId);
  return isRequestId(item.request.replaces) ? item.request.replaces : item.id;
};

const referenceOf = ({ request }: Placed): string => sharedReference(request);

/** Could both be mined, or kill one another? `reference` compares within one log, so chain and wallet are the same already. */
const clash = (a: Placed, b: Placed, byId: ReadonlyMap<string, Placed>): boolean => {
  if (a.id === b.id || rootOf(a, byId) === rootOf(b, byId)) return a.nonce !== b.nonce;
  if (referenceOf(a) === referenceOf(b)) return true;
  return a.nonce === b.nonce && !isRequestId(a.request.replaces) && !isRequestId(b.request.replaces);
};

export type Conflict = { readonly by: 'close' | 'id' | 'reference' | 'nonce'; readonly id: string };

/** The first conflict of `item` with the view, if there is one: a close of it, or a seal that clashes with it. */
export const conflictWith = (item: Placed, view: RegisterView): Conflict | undefined => {
  const { id, nonce, request } = item;
  const ids = isRequestId(request.replaces) ? [id, request.replaces] : [id];
  mustBeRead(view.covered, { ids, reference: referenceOf(item), nonce });
  for (const { entry } of view.entries)
    if (entry.kind === 'close' && entry.items.some(({ id }) => id === item.id)) return { by: 'close', id: item.id };
  const sealed = sealItems(view);
  const byId = new Map<string, Placed>([...sealed, item].map((each) => [each.id, each]));
  const rival = sealed.find((other) => clash(item, other, byId));
  if (rival === undefined) return undefined;
  if (rival.id === item.id || rootOf(rival, byId) === rootOf(item, byId)) return { by: 'id', id: rival.id };
  return { by: referenceOf(rival) === referenceOf(item) ? 'reference' : 'nonce', id: rival.id };
};

/** The nonces at which an id is sealed. */
export const noncesOf = (id: string, view: RegisterView): ReadonlySet<bigint> => {
  mustBeRead(view.covered, { ids: [id] });
  return new Set(
    sealItems(view)
      .filter((item) => item.id === id)
      .map(({ nonce }) => nonce),
  );
};

/** The seal items of an id, with the entry that holds each. */
export const sealsOf = (
  id: string,
  view: RegisterView,
): readonly { readonly listed: ListedEntry; readonly item: SealItem }[] => {
  mustBeRead(view.covered, { ids: [id] });
  return view.entries.flatMap((listed) =>
    listed.entry.kind === 'seal'
      ? listed.entry.items.filter((item) => item.id === id).map((item) => ({ listed, item }))
      : [],
  );
};

/** One sealed request and the name of the entry that holds it. */
export interface Sealed {
  readonly item: SealItem;
  readonly entry: string;
}

/** The entry of this name in which a view shows this very item: what was written must be what every reader reads. */
export const ownEntry = ({ item, entry }: Sealed, view: RegisterView): ListedEntry | undefined =>
  view.entries.find(
    (listed) =>
      listed.name === entry &&
      listed.entry.kind === 'seal' &&
      listed.entry.items.some(
        ({ id, nonce, rungs }) => id === item.id && nonce === item.nonce && rungs.join() === item.rungs.join(),
      ),
  );

/** ms between the judgement and the creation of a seal that clocks and a slow create may make. */
const MAX_CREATE_MS = 120_000;

/** ms. No seal of a request can be older. A machine whose clock is ahead may accept a validity that is too long for a right clock. */
const earliestSeal = (validUntil: number, { maxValidity }: Limits): number => validUntil - maxValidity - MAX_CREATE_MS;

/** validUntil bounds the creation of the seal, as Cloud Storage tells it: a create that was held back may come much later. */
export const sealedLate = ({ timeCreated }: ListedEntry, validUntil: number): boolean =>
  timeCreated > validUntil + MAX_CREATE_MS;

/** The *highest* sealed nonce + 1, not the newest: a replacement seals an old nonce. The RPC has no say. */
export const nextNonce = (view: RegisterView, startNonce: bigint): bigint => {
  const noted = (view.covered?.checkpoint.highestNonce ?? -1n) + 1n;
  const least = noted > startNonce ? noted : startNonce;
  return sealItems(view).reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), least);
};

/**
 * The first name above the newest seal that never had a generation. Closes and junk above it keep only their own names. The seal that names a
 * checkpoint lies above all that it covers, and was read.
 */
export const nextSeq = (view: RegisterView): bigint => {
  let seq = view.entries.reduce(
    (next, listed) => (listed.entry.kind === 'seal' && listed.seq >= next ? listed.seq + 1n : next),
    0n,
  );
  while (view.taken.has(seq)) seq++;
  return seq;
};

/** ms. A read that decides about a request must show everything since then. */
export const readSince = (validUntil: number, now: number, limits: Limits): number =>
  Math.min(now, validUntil) - limits.maxValidity - limits.slack;

/** May bytes of a request be released on this view? Only while everything that could conflict with it must still be listed. */
export const mayRelease = (view: RegisterView, validUntil: number, limits: Limits): boolean =>
  view.at <= validUntil + limits.slack && view.since <= earliestSeal(validUntil, limits);

/** Is it so long ago that what the register kept of it may be deleted? Then no read shows that nothing was sealed. */
export const closeLapsed = (at: number, validUntil: number, limits: Limits): boolean =>
  limits.retention !== undefined && at > earliestSeal(validUntil, limits) + limits.retention;

/** Is a close created now worth anything, and for how long will it be? One that is made too early lapses before its request does. */
export const closeCounts = (at: number, validUntil: number, limits: Limits): boolean =>
  at >= validUntil - limits.maxValidity && !closeLapsed(at, validUntil, limits);

/** Would every read that could still seal the request see an entry at `seq`? Not below a seal that may end that read. */
const seenByAll = (seq: bigint, since: number, view: RegisterView): boolean => {
  const mayEnd = (one: { readonly seq: bigint; readonly timeCreated: number }): boolean =>
    one.seq > seq && one.timeCreated < since;
  return !(
    view.entries.some((one) => mayEnd(one) && takesFreshNonce(one.entry)) ||
    unread(view.covered).some((one) => mayEnd(one) && notesFreshNonce(one.note))
  );
};

type Closed = { readonly code: Code; readonly reason: string };

/** A close of the id in this view. It must be late enough to outlive every seal of it, and at a place that every turn reads. */
const standingClose = (
  id: string,
  { validUntil, limits }: { readonly validUntil: number; readonly limits: Limits },
  view: RegisterView,
  admits: (listed: ListedEntry) => boolean,
): Closed | undefined => {
  mustBeRead(view.covered, { ids: [id] });
  const since = readSince(validUntil, validUntil, limits);
  for (const listed of view.entries) {
    const { entry, timeCreated, seq } = listed;
    if (entry.kind !== 'close' || !admits(listed) || timeCreated < validUntil - limits.maxValidity) continue;
    if (!seenByAll(seq, since, view)) continue;
    const item = entry.items.find((each) => each.id === id);
    if (item !== undefined) return { code: item.code, reason: item.reason };
  }
  return undefined;
};

/** Is a close of it listed that a later read may believe? Another one would add nothing. */
export const closeStands = (id: string, validUntil: number, view: RegisterView, limits: Limits): boolean =>
  standingClose(id, { validUntil, limits }, view, () => true) !== undefined;

/**
 * May the outcome of a closed request be announced on this view? It must show a close that was there when the read began. The close must
 * be late enough to outlive every seal of the id, and stand where every turn reads it. There must be no seal in any generation.
 * Who won which create proves nothing.
 */
export const closeBelieved = (
  id: string,
  validUntil: number,
  view: RegisterView,
  limits: Limits,
): Closed | undefined => {
  if (noncesOf(id, view).size > 0) return undefined;
  if (view.since > earliestSeal(validUntil, limits) || closeLapsed(view.at, validUntil, limits)) return undefined;
  return standingClose(id, { validUntil, limits }, view, ({ early }) => early);
};

export type NonceVerdict =
  | { readonly kind: 'seal'; readonly nonce: bigint }
  | { readonly kind: 'wait'; readonly code: 'NONCE_AHEAD' }
  | {
      readonly kind: 'close';
      readonly code: 'NONCE_TAKEN' | 'REPLACES_UNKNOWN' | 'REFERENCE_USED';
      readonly reason: string;
    };

/** Which nonce a request that nothing has sealed or closed would get. `view` includes what this batch plans already. */
export const judgeNonce = (
  id: string,
  request: TransactionRequest,
  view: RegisterView,
  startNonce: bigint,
): NonceVerdict => {
  const next = nextNonce(view, startNonce);
  const close = (code: 'NONCE_TAKEN' | 'REPLACES_UNKNOWN' | 'REFERENCE_USED', reason: string): NonceVerdict => ({
    kind: 'close',
    code,
    reason,
  });
  let nonce = next;
  if (request.nonce !== '') {
    nonce = BigInt(request.nonce);
    if (isRequestId(request.replaces)) {
      const [only, ...others] = noncesOf(request.replaces, view);
      if (only === undefined || others.length > 0 || only !== nonce)
        return close('REPLACES_UNKNOWN', `replaces names a request that is not sealed at exactly nonce ${nonce}`);
    } else if (request.replaces === '' && nonce > next) return { kind: 'wait', code: 'NONCE_AHEAD' };
    else if (nonce < next) return close('NONCE_TAKEN', `nonce ${nonce} is sealed already; the next one is ${next}`);
  }
  const conflict = conflictWith({ id, nonce, request }, view);
  if (conflict?.by === 'reference') return close('REFERENCE_USED', `the reference is used by ${conflict.id}`);
  if (conflict !== undefined) return close('NONCE_TAKEN', `nonce ${nonce} clashes with ${conflict.id}`);
  return { kind: 'seal', nonce };
};
