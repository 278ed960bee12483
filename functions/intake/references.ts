import { provableSince, provenEnd, type Recognised, type ReferenceUse, toldEnd } from '#core/decide/intake.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import { SILENT_LOG, type Storage, type StoredObject } from '#core/ports.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { readRegister } from '#core/register/read.ts';
import type { RegisterView } from '#core/register/rules.ts';
import type { Context } from '#functions/runtime/context.ts';
import { keptFor } from '#functions/runtime/entries-kept.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { openObject, outcomeObject, referenceAttemptOf, referenceFolder, requestObject } from '#schemas/names.ts';

/** A reference is free again if its request was never accepted and no intake of it is running. A running intake has a mark. */
const useOf = async (context: Context, object: StoredObject): Promise<ReferenceUse | undefined> => {
  const { storage, buckets } = context;
  const { name } = object;
  const attempt = referenceAttemptOf(name);
  const place = { kind: 'reference', bucket: buckets.work, name } as const;
  const mark = attempt === undefined ? undefined : await readFact(storage, place, object);
  if (attempt === undefined || mark === undefined) return undefined;
  const { id, wallet, replaces } = mark.fact;
  const outcome = (await readFact(storage, { kind: 'outcome', bucket: buckets.results, name: outcomeObject(id) }))
    ?.fact;
  if (outcome !== undefined) return { attempt, id, replaces, end: toldEnd(outcome) };
  // The mark is read first: intake creates it before the request, and it goes after the outcome.
  const known =
    (await storage.stat(buckets.work, openObject(wallet, id))) ??
    (await storage.stat(buckets.results, requestObject(id)));
  return { attempt, id, replaces, end: known === undefined ? 'free' : 'holds' };
};

/** What marks each use of the reference. */
export const referencesOf = (
  { storage, buckets }: Context,
  { referenceHash }: Recognised,
): Promise<readonly StoredObject[]> => listAll(storage, buckets.work, referenceFolder(referenceHash));

/** Every use of the reference, as marks and outcomes tell of it. */
export const usesOf = async (
  context: Context,
  references: readonly StoredObject[],
): Promise<readonly ReferenceUse[]> => {
  const uses = await Promise.all(references.map((object) => useOf(context, object)));
  return uses.filter((use) => use !== undefined);
};

/** Bytes of entries that one message may cost. A register that holds more of that time frees nothing. */
const MAX_READ_BYTES = 32 * 1024 * 1024;
/** An entry counts as that many at least: some thousand of them can be read in the time that a message has. */
const LEAST_BYTES = 4096;

/** Ends a reading that is too long. What it read is kept all the same, so that the next comes further. */
const bounded = (kept: EntryCache): EntryCache => {
  let read = 0;
  return {
    get: (key) => kept.get(key),
    set: (key, entry, bytes) => {
      kept.set(key, entry, bytes);
      read += entry === 'junk' ? LEAST_BYTES : Math.max(bytes, LEAST_BYTES);
      if (read > MAX_READ_BYTES) throw new KeyturnError('TOO_LARGE', 'the register holds too much of that time');
    },
  };
};

/** Readings of the register that a process has begun. One at a time: each takes memory, and what one reads the next need not. */
const begun = new WeakMap<Storage, Promise<unknown>>();
const inTurn = <T>(storage: Storage, work: () => Promise<T>): Promise<T> => {
  const mine = (begun.get(storage) ?? Promise.resolve()).then(work, work);
  begun.set(storage, mine);
  return mine;
};

const viewSince = (context: Context, { fact }: Recognised, since: number): Promise<RegisterView | undefined> => {
  const { storage, buckets, law } = context;
  const log = { chainId: fact.request.chainId, address: fact.walletAddress, registerBucket: buckets.register };
  const logs = law.wallets.reduce((sum, { chains }) => sum + chains.length, 0);
  return inTurn(storage, async () => {
    const cache = bounded(keptFor(storage, `${log.chainId}/${log.address}`, logs));
    // Junk there is for the alarms of reconcile: it frees nothing.
    return await readRegister(storage, log, { since, cache }, SILENT_LOG).catch((error: unknown) => {
      if (!isKeyturnError(error, 'TOO_LARGE')) throw error;
      return undefined;
    });
  });
};

/**
 * The same uses, after the register was read. It is read once, and only if it can prove every end that is told: one that it cannot prove
 * holds the reference.
 */
export const provenUses = async (
  context: Context,
  recognised: Recognised,
  uses: readonly ReferenceUse[],
): Promise<readonly ReferenceUse[]> => {
  const { storage, buckets, law, clock } = context;
  const { referenceHash } = recognised;
  const told = new Map<string, RequestFact>();
  let since = clock.now();
  for (const use of uses.filter(({ end }) => end === 'told')) {
    const stored = await readFact(storage, { kind: 'request', bucket: buckets.results, name: requestObject(use.id) });
    const from = provableSince(use, { fact: stored?.fact, referenceHash }, law, clock.now());
    if (stored === undefined || from === undefined) return uses;
    told.set(use.id, stored.fact);
    since = Math.min(since, from);
  }
  const view = await viewSince(context, recognised, since);
  if (view === undefined) return uses;
  return uses.map((use): ReferenceUse => {
    const fact = told.get(use.id);
    return fact === undefined ? use : { ...use, end: provenEnd(fact, view, law) };
  });
};
