import { type Collection, decideCollect, sharesNeeded } from '#core/decide/collect.ts';
import { delayWait } from '#core/decide/missing-approvals.ts';
import { NOTHING_STORED, type RequestFacts, type Stored, stateOf } from '#core/facts/lifecycle.ts';
import { type Mark, noteHeld, patchMark } from '#core/facts/marks.ts';
import { announce, loadFacts, readFact } from '#core/facts/store.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import { waitAt } from '#core/facts/wait.ts';
import { delayOf } from '#core/policy-delay.ts';
import type { StoredObject } from '#core/ports.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { keyObjectIn, listShares, type ShareObjects } from '#core/shares/list.ts';
import { sizeFault } from '#core/shares/quorum.ts';
import { approveMarked, readMark } from '#functions/approve.ts';
import type { Context } from '#functions/runtime/context.ts';
import { Kept } from '#functions/runtime/kept.ts';
import type { PushMessage } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import { rejectedByEvents, shareSeenEvents } from '#schemas/events.ts';
import { requestObject } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { votesWith } from './votes.ts';

interface Input {
  readonly coSigner: string;
  readonly id: string;
  readonly kind: 'share' | 'rejection';
  readonly object: string;
  readonly generation: string;
}

interface State {
  readonly facts: RequestFacts;
  readonly shares: ShareObjects;
  readonly mark: Mark | undefined;
}

const NO_VOTES: ShareObjects = { shares: new Map(), rejections: new Map(), unreachable: new Map() };

/** A Cloud Storage notification (attributes bucketId, objectId, objectGeneration, eventType). Hints only: the listing is what counts. */
const parse = (context: Context, { attributes }: PushMessage): Input | undefined => {
  const { eventType, bucketId = '', objectId = '', objectGeneration = '' } = attributes;
  if (eventType !== 'OBJECT_FINALIZE') return undefined;
  const found = keyObjectIn(context.law, bucketId, objectId);
  if (found === 'elsewhere') {
    context.log.warn('collect.refuse', { code: 'SHARE_UNKNOWN_CO_SIGNER', bucket: bucketId, object: objectId });
    return undefined;
  }
  if (found.kind === 'misnamed') {
    context.log.warn('collect.refuse', { code: 'SHARE_NAME', coSigner: found.coSigner, object: objectId });
    return undefined;
  }
  // Advice beside a share: nobody answers by it.
  if (found.kind === 'prediction') return undefined;
  const { coSigner, kind, id } = found;
  return { coSigner, kind, id, object: objectId, generation: objectGeneration };
};

/**
 * Nothing but the request is there yet, says its mark. One that lags costs an announcement more: approved.json is created once. "received" says
 * less: it also stands there once a rejection or a withdrawal made the request due.
 */
const isNew = (mark: Mark | undefined): boolean => mark?.stage === 'accepted';

/** A request is what hashes to its id, and each of its shares asks for it. */
const requests = new Kept<Stored<'request'>>(64);

const requestOf = async ({ storage, buckets, law }: Context, id: string): Promise<Stored<'request'> | undefined> => {
  const known = requests.get(storage, id);
  if (known !== undefined) return known;
  const found = await readFact(storage, { kind: 'request', bucket: buckets.results, name: requestObject(id) });
  if (found?.fact.id === id && verifiedWalletOf(found.fact, law) !== undefined) requests.set(storage, id, found);
  return found;
};

/**
 * Before its approval a request has one fact, which is read by name, and no bad shares, since turns find those. Later everything is read.
 * Every place is listed where a veto or the end of a delay hangs on it.
 */
const load = async (context: Context, { id, coSigner, kind }: Input): Promise<State> => {
  const { storage, buckets, law } = context;
  const request = await requestOf(context, id);
  const wallet = request && verifiedWalletOf(request.fact, law);
  const only: RequestFacts = { ...NOTHING_STORED, id, request };
  if (request === undefined || wallet === undefined) return { facts: only, shares: NO_VOTES, mark: undefined };
  const mark = await readMark(context, request.fact);
  const asked = request.fact.request;
  if (isNew(mark) && kind === 'share' && delayOf(asked, wallet, law) === 0) {
    const needed = sharesNeeded(asked, wallet, law);
    return { facts: only, shares: await votesWith(context, coSigner, { request, wallet, needed }), mark };
  }
  const facts = isNew(mark) ? only : await loadFacts(storage, buckets, id, { request });
  const isOver = facts.submitted !== undefined || facts.outcome !== undefined;
  return { facts, shares: isOver ? NO_VOTES : await listShares(() => storage, law, wallet, id), mark };
};

const seenObject = ({ coSigner, kind, object, generation }: Input, { shares }: State): StoredObject | undefined => {
  const listed = kind === 'share' ? (shares.shares.get(coSigner) ?? []) : [shares.rejections.get(coSigner)];
  return listed.find((each) => each?.name === object && (kind === 'rejection' || each.generation === generation));
};

/** Why a share does not count, whatever is in it. */
const uncounted = ({ law }: Context, request: TransactionRequest, coSigner: string, share: StoredObject) =>
  initiatorsOf(request, law).has(coSigner) ? 'SHARE_OF_INITIATOR' : sizeFault(share);

const commit = async (
  context: Context,
  { input, state }: { readonly input: Input; readonly state: State },
  collection: Collection,
  now: number,
): Promise<void> => {
  const stage = stateOf(state.facts);
  if (stage.stage === 'unknown' || state.facts.request === undefined) return;
  const { request } = stage.request;
  const seen = seenObject(input, state);
  if (seen !== undefined) {
    const events = input.kind === 'share' ? shareSeenEvents : rejectedByEvents;
    await announce(context.publisher, context.law.name, seen, events(input.id, request, input.coSigner));
    const fault = input.kind === 'share' ? uncounted(context, request, input.coSigner, seen) : undefined;
    if (fault !== undefined)
      context.log.warn('collect.share', {
        id: input.id,
        coSigner: input.coSigner,
        code: fault,
        object: input.object,
      });
  } else {
    const unreachable = state.shares.unreachable.get(input.coSigner);
    context.log.warn('collect.share', {
      id: input.id,
      coSigner: input.coSigner,
      code: unreachable ?? 'SHARE_UNKNOWN_CO_SIGNER',
      reason:
        unreachable === undefined
          ? 'holds no share of this wallet, or the object is gone'
          : 'the share location cannot be listed; reconcile tries again',
      object: input.object,
    });
  }
  switch (collection.kind) {
    case 'approve':
      return approveMarked(context, { request: state.facts.request, mark: state.mark }, collection.coSigners, now);
    case 'reject':
      // Only the register can end a request, and only reconcile may write closes there: it is made due at once.
      await patchMark(
        context.storage,
        context.buckets.work,
        { whose: request, id: input.id },
        { stage: 'received', due: now },
      );
      return;
    case 'count':
      context.log.info('collect.count', {
        id: input.id,
        have: collection.state.countable.join(','),
        rejected: collection.state.rejecters.join(','),
      });
      return;
    case 'delay':
      context.log.info('collect.delay', { id: input.id, until: timeText(collection.until) });
      await noteHeld(
        context.storage,
        context.buckets.work,
        { wallet: request.wallet, id: input.id },
        waitAt(delayWait(collection, now), now),
      );
      return;
    default:
      collection satisfies never;
  }
};

export const collectStep = (context: Context): Step<Input, State, Collection, never> => ({
  name: 'collect',
  parse: (message) => parse(context, message),
  about: ({ id, coSigner, object }) => ({ id, coSigner, object }),
  load: (input) => load(context, input),
  decide: (_, { facts, shares }, now) => decideCollect(facts, shares, context.law, now),
  commit: (input, state, collection, now) => commit(context, { input, state }, collection, now),
  refuse: nothing,
  wait: nothing,
});
