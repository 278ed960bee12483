import { errorFields } from '#core/error-fields.ts';
import { patchMark } from '#core/facts/marks.ts';
import { liftStops } from '#core/facts/stops.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import type { ChainClient } from '#core/ports.ts';
import { limitsOf } from '#core/register/limits.ts';
import {
  conflictWith,
  type ListedEntry,
  mayRelease,
  ownEntry,
  type RegisterView,
  type Sealed,
  sealedLate,
} from '#core/register/rules.ts';
import { overfilledBy } from '#core/register/windows.ts';
import { firstRung, rungFees } from '#core/transaction/fees.ts';
import { rawMatches, type SignedRung } from '#core/transaction/transaction.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { tokensOn } from '#schemas/config.ts';
import { submittedEvents } from '#schemas/events.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import type { TurnContext } from './context.ts';
import { type Candidate, type Lane, registerViewOf } from './lane.ts';

const fullWindow = (context: TurnContext, item: Sealed['item'], own: ListedEntry, view: RegisterView) =>
  overfilledBy(item, own, view, {
    windows: context.wallet.policy.windows,
    chain: tokensOn(context.law, item.request.chainId),
    lawHash: context.lawHash,
  });

/**
 * A view by which these may be kept in. The sums of a checkpoint are too high by design. What they would keep in is judged by the entries
 * themselves, so that nothing that is sealed stays shut because of a sum.
 */
export const judgedView = async (
  lane: Lane,
  candidates: readonly Candidate[],
  sealed: readonly Sealed[],
  view: RegisterView,
): Promise<RegisterView> => {
  const isFull = (one: Sealed): boolean => {
    const own = ownEntry(one, view);
    return own !== undefined && fullWindow(lane.context, one.item, own, view) !== undefined;
  };
  return view.covered !== undefined && sealed.some(isFull) ? registerViewOf(lane, candidates, 'entries') : view;
};

/** The second read, by which these are judged. */
export const readAgain = async (
  lane: Lane,
  candidates: readonly Candidate[],
  sealed: readonly Sealed[],
): Promise<RegisterView> => judgedView(lane, candidates, sealed, await registerViewOf(lane, candidates));

/**
 * The question of the second read, in full: does anything in the register, in any generation, conflict with this? Only where nothing does
 * may bytes leave memory. Also false beyond the horizon, when a conflicting entry may have lapsed.
 */
export const isConflictFree = (context: TurnContext, { item, entry }: Sealed, view: RegisterView): boolean => {
  const own = ownEntry({ item, entry }, view);
  if (own === undefined) {
    // Written, but no reader takes it for that seal: no reader would know that its nonce is used.
    context.log.alarm('turn.tampered', { id: item.id, code: 'TAMPERED', entry, by: 'absence' });
    return false;
  }
  if (sealedLate(own, validUntilMs(item.request))) {
    context.log.alarm('turn.late', {
      id: item.id,
      code: 'EXPIRED',
      entry,
      reason: 'the seal was created after validUntil',
    });
    return false;
  }
  const conflict = conflictWith(item, view);
  if (conflict !== undefined) {
    context.log.alarm('turn.tampered', {
      id: item.id,
      code: 'TAMPERED',
      entry,
      by: conflict.by,
      other: conflict.id,
    });
    return false;
  }
  const window = fullWindow(context, item, own, view);
  if (window !== undefined) {
    context.log.alarm('turn.tampered', { id: item.id, code: 'WINDOW_FULL', entry, by: 'window', window: window.name });
    return false;
  }
  if (!mayRelease(view, validUntilMs(item.request), limitsOf(context.law))) {
    context.log.warn('turn.wait', {
      id: item.id,
      code: 'EXPIRED',
      reason: 'beyond the horizon within which a seal may be completed',
    });
    return false;
  }
  return true;
};

/** A sealed request with all its signed rungs. Only what `isConflictFree` let through becomes one. */
export interface Released extends Sealed {
  readonly rungs: readonly SignedRung[];
}

/** Stores the bytes. Throws SEAL_MISMATCH where they, or what lies there, are not those of the seal. */
const store = async (context: TurnContext, { item, rungs }: Released): Promise<void> => {
  const { id } = item;
  const fact = { id, wallet: context.wallet.name, rungs: [...rungs] };
  const stored = await commitFact(
    context.storage,
    { kind: 'signed', bucket: context.buckets.signed, name: signedObject(id) },
    fact,
  );
  const found = stored.fact.rungs;
  if (found.length !== item.rungs.length || !found.every((rung, n) => rung.hash === item.rungs[n] && rawMatches(rung)))
    throw new KeyturnError('SEAL_MISMATCH', `the stored bytes of ${id} are not those of its seal`);
};

/** Says that the bytes are out. A request that skips a foreign nonce lifts the stops that foreign transactions brought about. */
const submit = async (context: TurnContext, { item, entry }: Sealed): Promise<void> => {
  const { id, request } = item;
  const { storage, buckets, wallet } = context;
  if (request.replaces === 'foreign') await liftStops(storage, buckets.work, { ...request, id, wallet: wallet.name });
  const stored = await commitFact(
    storage,
    { kind: 'submitted', bucket: buckets.results, name: submittedObject(id) },
    {
      id,
      wallet: wallet.name,
      chainId: request.chainId,
      from: wallet.address,
      nonce: item.nonce.toString(),
      transactionHashes: [...item.rungs],
      approvedBy: item.approvals.map(({ coSigner }) => coSigner),
      seal: entry,
    },
  );
  await announce(context.publisher, context.law.name, stored.object, submittedEvents(stored.fact, request));
  const due = context.clock.now() + context.operations.pollSeconds * 1000;
  await patchMark(storage, buckets.work, { whose: request, id }, { stage: 'submitted', due });
};

const faultOf = (context: TurnContext, id: string, error: unknown): void =>
  context.log.alarm('turn.fault', { id, ...errorFields(error) });

/** What the newest block of this chain asks for gas; undefined where no node tells it. */
const baseFeeOn = async (chain: ChainClient): Promise<bigint | undefined> =>
  (await chain.block('latest'))?.baseFeePerGas;

const tellSent = ({ log }: TurnContext, { id, rung }: Offer, told: PromiseSettledResult<string> | undefined): void => {
  if (told?.status === 'fulfilled') log.info('turn.broadcast', { id, hash: rung.hash, result: told.value });
  else if (isKeyturnError(told?.reason, 'RPC_REFUSED'))
    log.warn('turn.broadcast', { id, code: told.reason.code, reason: told.reason.field ?? '' });
  else if (isKeyturnError(told?.reason)) log.warn('turn.broadcast', { id, ...errorFields(told.reason) });
  else log.alarm('turn.fault', { id, ...errorFields(told?.reason) });
};

interface Offer {
  readonly id: string;
  readonly rung: SignedRung;
}

/**
 * Sends, of each, the cheapest rung that can be mined now, in the order of their nonces. A node that gets them otherwise may refuse the later
 * ones. Best effort: reconcile sends what is stored.
 */
const broadcast = async (
  context: TurnContext,
  chain: ChainClient,
  stored: readonly Released[],
  baseFee: Promise<bigint | undefined>,
): Promise<void> => {
  try {
    const price = await baseFee;
    const inOrder = stored.toSorted((a, b) => Number(a.item.nonce - b.item.nonce));
    const offers = inOrder.flatMap(({ item, rungs }): Offer[] => {
      const rung = rungs[firstRung(rungFees(item.request), price)];
      return rung === undefined ? [] : [{ id: item.id, rung }];
    });
    const told = await chain.sendAll(offers.map(({ rung }) => rung.raw));
    for (const [n, offer] of offers.entries()) tellSent(context, offer, told[n]);
  } catch (error) {
    if (isKeyturnError(error)) context.log.warn('turn.broadcast', errorFields(error));
    else context.log.alarm('turn.fault', { chainId: chain.chainId, ...errorFields(error) });
  }
};

const failures = <T>(context: TurnContext, all: readonly Released[], said: readonly PromiseSettledResult<T>[]): void =>
  said.forEach((result, n) => {
    if (result.status !== 'rejected') return;
    if (all.length === 1) throw result.reason;
    faultOf(context, all[n]?.item.id ?? '', result.reason);
  });

const sendStored = async (
  context: TurnContext,
  chain: ChainClient,
  stored: readonly Released[],
  baseFee: Promise<bigint | undefined>,
): Promise<void> => {
  await broadcast(context, chain, stored, baseFee);
  failures(context, stored, await Promise.allSettled(stored.map((each) => submit(context, each))));
};

/** Bytes that are stored. `out`: they are sent, and that is said. */
export interface Storing {
  readonly ids: readonly string[];
  readonly out: Promise<void>;
}

/**
 * Stores the bytes of all of one chain, sends what is stored, says so. No node gets bytes that are not stored: whatever is mined can then be
 * followed up, also if this machine dies. One that fails does not stop the others, and is completed later. Where it is the only one this
 * throws, so that nobody takes it for progress.
 */
export const release = async (context: TurnContext, all: readonly Released[]): Promise<Storing> => {
  const [first] = all;
  if (first === undefined) return { ids: [], out: Promise.resolve() };
  const chain = context.chains.of(first.item.request.chainId);
  const baseFee = baseFeeOn(chain);
  // Nobody may wait for it where nothing can be stored.
  baseFee.catch(() => {});
  const said = await Promise.allSettled(all.map((each) => store(context, each)));
  failures(context, all, said);
  const stored = all.filter((_, n) => said[n]?.status === 'fulfilled');
  return { ids: stored.map(({ item }) => item.id), out: sendStored(context, chain, stored, baseFee) };
};
