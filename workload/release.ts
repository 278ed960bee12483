import { errorFields } from '#core/error-fields.ts';
import { patchMark } from '#core/facts/marks.ts';
import { liftStops } from '#core/facts/stops.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import { limitsOf } from '#core/register/limits.ts';
import {
  conflictWith,
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
  const window = overfilledBy(item, own, view, {
    windows: context.wallet.policy.windows,
    chain: tokensOn(context.law, item.request.chainId),
    lawHash: context.lawHash,
  });
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

/**
 * Sends, of each, the cheapest rung that can be mined now, in the order of their nonces. Best effort, since reconcile sends what is stored:
 * a node that does not answer is not asked again for the rest.
 */
const broadcast = async (context: TurnContext, released: readonly Released[]): Promise<void> => {
  const [first] = released;
  if (first === undefined) return;
  try {
    const chain = context.chains.of(first.item.request.chainId);
    const head = await chain.block('latest');
    for (const { item, rungs } of released) {
      const { id } = item;
      const rung = rungs[firstRung(rungFees(item.request), head?.baseFeePerGas)];
      if (rung === undefined) continue;
      try {
        context.log.info('turn.broadcast', { id, hash: rung.hash, result: await chain.send(rung.raw) });
      } catch (error) {
        if (!isKeyturnError(error, 'RPC_REFUSED')) throw error;
        context.log.warn('turn.broadcast', { id, code: error.code, reason: error.field ?? '' });
      }
    }
  } catch (error) {
    if (isKeyturnError(error)) context.log.warn('turn.broadcast', errorFields(error));
    else context.log.alarm('turn.fault', { chainId: first.item.request.chainId, ...errorFields(error) });
  }
};

/**
 * Stores the bytes of each, sends them, says so. One that fails does not stop the others, and is completed later. Where it is the only one
 * this throws, so that nobody takes it for progress.
 */
export const release = async (context: TurnContext, all: readonly Released[]): Promise<void> => {
  const stored: Released[] = [];
  for (const each of all) {
    try {
      await store(context, each);
      stored.push(each);
    } catch (error) {
      if (all.length === 1) throw error;
      faultOf(context, each.item.id, error);
    }
  }
  await broadcast(context, stored);
  const said = await Promise.allSettled(stored.map((each) => submit(context, each)));
  said.forEach((result, n) => {
    if (result.status !== 'rejected') return;
    if (all.length === 1) throw result.reason;
    faultOf(context, stored[n]?.item.id ?? '', result.reason);
  });
};
