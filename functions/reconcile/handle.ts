import { type Collection, decideCollect } from '#core/decide/collect.ts';
import { decideReconcile, nextLook, type Owed } from '#core/decide/reconcile.ts';
import { announce, commitFact, listAll, loadFacts, readFact } from '#core/facts-store.ts';
import { type RequestFacts, stateOf } from '#core/lifecycle.ts';
import { type Mark, markOf, patchMark } from '#core/marks.ts';
import { sealsOf } from '#core/register.ts';
import { listShares } from '#core/share-objects.ts';
import { refersTo } from '#core/trust.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { approvedEvents, outcomeEvents, receiptEvents, submittedEvents } from '#schemas/events.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { openFolder, openObject, signedObject, submittedObject } from '#schemas/names.ts';
import { approve } from '../collect/handle.ts';
import { intakeStep } from '../intake/handle.ts';
import type { ReconcileContext } from '../shell/context.ts';
import { runStep } from '../shell/run-step.ts';
import { chainFacts, judgeSettlement, lookAgainLater, settle } from '../shell/settlement.ts';
import { closeRequest, lookFor } from './close.ts';
import { sweep } from './sweep.ts';

/** ms of work per tick, well below the push deadline. What is left over is due at the next tick as well. */
const BUDGET = 8 * 60_000;
const TOGETHER = 8;

/** Intake died half way: the mark holds the raw message. A message that is refused now has its refusal, and needs no mark. */
const finishIntake = async (context: ReconcileContext, { wallet, id }: Mark): Promise<void> => {
  const { work, results } = context.buckets;
  const mark = await context.storage.read(work, openObject(wallet, id));
  if (mark === undefined) return;
  await runStep(
    intakeStep(context),
    { data: mark.bytes, attributes: {}, messageId: `mark-${id}`, deliveryAttempt: undefined },
    context,
  );
  const accepted = await context.storage.stat(results, `requests/${id}/request.json`);
  if (accepted === undefined) await context.storage.delete(work, openObject(wallet, id));
};

const finishOutcome = async (context: ReconcileContext, facts: RequestFacts): Promise<void> => {
  if (facts.outcome === undefined || facts.request === undefined) return;
  const { name } = context.law;
  const { request } = facts.request.fact;
  const { receipt } = facts.outcome.fact;
  const stored =
    receipt === '' ? undefined : await readFact(context.storage, 'receipt', context.buckets.results, receipt);
  if (stored !== undefined) await announce(context.publisher, name, stored.object, receiptEvents(stored.fact));
  await announce(context.publisher, name, facts.outcome.object, outcomeEvents(facts.outcome.fact, request));
  await context.storage.delete(context.buckets.work, openObject(request.wallet, facts.id));
};

/** Sealed, and the bytes stored, but the turn died before it said so. True where submitted.json is there now. */
const finishSubmission = async (context: ReconcileContext, fact: RequestFact): Promise<boolean> => {
  const signed = await readFact(context.storage, 'signed', context.buckets.signed, signedObject(fact.id));
  const [seal] = signed === undefined ? [] : sealsOf(fact.id, await lookFor(context, fact, new Map()));
  if (signed === undefined || seal === undefined) return false;
  const { id, request, walletAddress } = fact;
  const stored = await commitFact(context.storage, 'submitted', context.buckets.results, submittedObject(id), {
    id,
    wallet: request.wallet,
    chainId: request.chainId,
    from: walletAddress,
    nonce: seal.item.nonce.toString(),
    transactionHashes: [...seal.item.rungs],
    approvedBy: seal.item.approvals.map(({ coSigner }) => coSigner),
    seal: seal.listed.name,
  });
  await announce(context.publisher, context.law.name, stored.object, submittedEvents(stored.fact, request));
  return true;
};

const settleIfFinal = async (context: ReconcileContext, facts: RequestFacts, now: number): Promise<void> => {
  const state = stateOf(facts);
  if (state.stage !== 'submitted') return;
  const decision = judgeSettlement(context, state.request, state.submitted, await chainFacts(context, state.submitted));
  if (decision.kind === 'act') return settle(context, state.request, decision.act);
  if (decision.kind === 'wait' && decision.code === 'NOT_MINED') await rebroadcast(context, state.request);
  await lookAgainLater(context, state.request, now);
};

/** The same bytes again: a node may have dropped them. */
const rebroadcast = async (context: ReconcileContext, { id, request }: RequestFact): Promise<void> => {
  const signed = await readFact(context.storage, 'signed', context.buckets.signed, signedObject(id));
  const [lowest] = signed?.fact.rungs ?? [];
  if (lowest !== undefined)
    context.log.info('reconcile.rebroadcast', {
      id,
      result: await context.chains.of(request.chainId).send(lowest.raw),
    });
};

const launchAgain = async (context: ReconcileContext, facts: RequestFacts): Promise<void> => {
  if (facts.approved === undefined || facts.request === undefined) return;
  await announce(
    context.publisher,
    context.law.name,
    facts.approved.object,
    approvedEvents(facts.approved.fact, facts.request.fact.request),
  );
};

const collectionOf = async (
  context: ReconcileContext,
  facts: RequestFacts,
  now: number,
): Promise<Collection | undefined> => {
  const wallet = facts.request === undefined ? undefined : refersTo(facts.request.fact, context.law);
  if (wallet === undefined || facts.outcome !== undefined || facts.submitted !== undefined) return undefined;
  const decision = decideCollect(
    facts,
    await listShares(() => context.storage, context.law, wallet, facts.id),
    context.law,
    now,
  );
  return decision.kind === 'act' ? decision.act : undefined;
};

const supply = async (
  context: ReconcileContext,
  mark: Mark,
  facts: RequestFacts,
  owed: Owed,
  now: number,
): Promise<void> => {
  const request = facts.request?.fact;
  const later = () =>
    patchMark(
      context.storage,
      context.buckets.work,
      mark.wallet,
      mark.id,
      stateOf(facts).stage === 'approved' ? 'approved' : 'accepted',
      nextLook(facts, now, context.operations),
    );
  switch (owed.kind) {
    case 'finish-intake':
      return finishIntake(context, mark);
    case 'finish-outcome':
      return finishOutcome(context, facts);
    case 'settle':
      return settleIfFinal(context, facts, now);
    case 'approve':
      return request === undefined ? undefined : approve(context, request, owed.coSigners, now);
    case 'launch':
      if (request !== undefined && (await finishSubmission(context, request))) return;
      await launchAgain(context, facts);
      return later();
    case 'close': {
      if (request === undefined) return;
      const result = await closeRequest(context, request, owed);
      if (result === 'closed')
        return finishOutcome(context, await loadFacts(context.storage, context.buckets, mark.id));
      // Sealed in time: the turn that follows completes it, also after validUntil.
      if (result === 'sealed' && !(await finishSubmission(context, request))) await launchAgain(context, facts);
      return later();
    }
    case 'nothing':
      return later();
    default:
      return owed satisfies never;
  }
};

const one = async (context: ReconcileContext, mark: Mark): Promise<void> => {
  try {
    const now = context.clock.now();
    const facts = await loadFacts(context.storage, context.buckets, mark.id);
    const owed = decideReconcile(facts, await collectionOf(context, facts, now), now);
    if (owed.kind !== 'nothing') context.log.info('reconcile.owed', { id: mark.id, owed: owed.kind });
    await supply(context, mark, facts, owed, now);
  } catch (error) {
    // One request must never keep the others waiting.
    context.log.warn('reconcile.fault', {
      id: mark.id,
      code: isKeyturnError(error) ? error.code : '',
      reason: error instanceof Error ? error.message : '',
    });
  }
};

/** Everything that is owed to any open request, and the machines that outlived their turn. */
export const reconcile = async (context: ReconcileContext): Promise<void> => {
  const start = context.clock.now();
  const marks = (await listAll(context.storage, context.buckets.work, openFolder())).flatMap(
    (object) => markOf(object) ?? [],
  );
  const due = marks.filter((mark) => mark.due <= start).sort((a, b) => a.due - b.due);
  for (let i = 0; i < due.length && context.clock.now() < start + BUDGET; i += TOGETHER)
    await Promise.all(due.slice(i, i + TOGETHER).map((mark) => one(context, mark)));
  await sweep(context);
  context.log.info('reconcile.done', { open: marks.length, due: due.length, ms: context.clock.now() - start });
};
