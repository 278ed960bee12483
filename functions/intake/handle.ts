import {
  type Acceptance,
  decideIntake,
  type IntakeState,
  isRegisterAsked,
  type RawMessage,
  type Reading,
  type Recognised,
  readMessage,
  refusalOf,
} from '#core/decide/intake.ts';
import { openOf } from '#core/decide/room.ts';
import { type Mark, markMetadata, markOf, patchMark } from '#core/facts/marks.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import { withdrawalIn } from '#core/facts/withdrawal.ts';
import type { Context } from '#functions/runtime/context.ts';
import type { PushMessage } from '#functions/runtime/push.ts';
import { nothing, runStep, type Step } from '#functions/runtime/run-step.ts';
import { acceptedEvents } from '#schemas/events.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { openFolder, openObject, outcomeObject, referenceObject, requestObject } from '#schemas/names.ts';
import { provenUses, referencesOf, usesOf } from './references.ts';
import { refuse } from './refuse.ts';
import { withdrawStep } from './withdraw.ts';

interface Input {
  readonly message: RawMessage;
  readonly reading: Reading;
}

/** One LIST for each thousand open marks of the wallet, and no more of them than the limit. */
const openBesides = async (context: Context, { id, fact }: Recognised): Promise<IntakeState['open']> => {
  const { wallet, requester } = fact.request;
  const marks: Mark[] = [];
  let from: string | undefined;
  do {
    const page = await context.storage.list(context.buckets.work, openFolder(wallet), {
      limit: 1000,
      ...(from === undefined ? {} : { from }),
    });
    for (const object of page.objects) {
      const mark = markOf(object);
      if (mark !== undefined && mark.id !== id) marks.push(mark);
    }
    from = page.next;
  } while (from !== undefined && marks.length < context.law.limits.maxOpenPerWallet);
  return openOf(
    marks.map((mark) => mark.requester ?? ''),
    requester,
  );
};

const load = async (context: Context, { message, reading }: Input): Promise<IntakeState> => {
  const { storage, buckets } = context;
  const nothingOpen = openOf([], '');
  if (reading.kind === 'refused') return { accepted: false, uses: [], open: nothingOpen };
  const { request } = reading;
  const references = await referencesOf(context, request);
  // The reference is taken before the request is stored: without one, nobody accepted it.
  const isStored = async () => (await storage.stat(buckets.results, requestObject(request.id))) !== undefined;
  if (references.length > 0 && (await isStored())) return { accepted: true, uses: [], open: nothingOpen };
  const [uses, open] = await Promise.all([usesOf(context, references), openBesides(context, request)]);
  const state = { accepted: false, uses, open };
  if (!isRegisterAsked({ message, request }, state, context, context.clock.now())) return state;
  return { ...state, uses: await provenUses(context, request, uses) };
};

/** Takes the reference for this id; the id that has it where somebody else was faster. */
const takeReference = async (context: Context, request: Recognised, attempt: bigint): Promise<string> => {
  const { id } = request;
  const { wallet, replaces } = request.fact.request;
  const name = referenceObject(request.referenceHash, attempt);
  const stored = await commitFact(
    context.storage,
    { kind: 'reference', bucket: context.buckets.work, name },
    { id, wallet, replaces },
  );
  return stored.fact.id;
};

const placeMark = async (context: Context, { id, fact }: Recognised, data: Uint8Array, now: number): Promise<void> => {
  const { request } = fact;
  const name = openObject(request.wallet, id);
  await context.storage.createOnce(context.buckets.work, name, data, markMetadata('received', now, request));
};

/**
 * Mark first (with the raw message, so that reconcile can finish what dies here), then the reference, then the request itself. Nothing here
 * takes a mark away: that another delivery of the same message found room meanwhile cannot be excluded.
 */
const accept = async (
  context: Context,
  { message, state }: { readonly message: RawMessage; readonly state: IntakeState },
  { request, attempt }: Acceptance,
  now: number,
): Promise<void> => {
  const { id, fact } = request;
  const { storage, buckets } = context;
  if (!state.accepted) {
    await placeMark(context, request, message.data, now);
    const owner = attempt === undefined ? id : await takeReference(context, request, attempt);
    if (owner !== id) {
      const reason = `names request ${owner} already`;
      return refuse(
        context,
        refusalOf(message, context.lawHash, { code: 'REFERENCE_USED', field: 'reference', reason, existingId: owner }),
      );
    }
  }
  const stored = await commitFact(storage, { kind: 'request', bucket: buckets.results, name: requestObject(id) }, fact);
  await announce(context.publisher, context.law.name, stored.object, acceptedEvents(id, stored.fact.request));
  // Due at once: shares may have come before the request, and their notifications are spent.
  const marked =
    stored.created &&
    (await patchMark(storage, buckets.work, { whose: stored.fact.request, id }, { stage: 'accepted', due: now }));
  // A slow intake may find its mark swept as that of a refused message: a request without a mark would never end.
  if (!marked && (await storage.stat(buckets.results, outcomeObject(id))) === undefined)
    await placeMark(context, request, message.data, now);
};

/** Also what reconcile does with the raw message in a mark whose request never came. */
export const intakeStep = (context: Context): Step<Input, IntakeState, Acceptance, RefusalFact> => ({
  name: 'intake',
  parse: ({ data, messageId }: PushMessage) => {
    const message = { data, messageId };
    return { message, reading: readMessage(message, context.law, context.lawHash) };
  },
  about: ({ message, reading }) => ({
    messageId: message.messageId,
    id: reading.kind === 'recognised' ? reading.request.id : '',
  }),
  load: (input) => load(context, input),
  decide: ({ message, reading }, state, now) =>
    reading.kind === 'refused'
      ? { kind: 'refuse', refusal: reading.refusal }
      : decideIntake({ message, request: reading.request }, state, { law: context.law, lawHash: context.lawHash }, now),
  commit: ({ message }, state, acceptance, now) => accept(context, { message, state }, acceptance, now),
  refuse: (_, refusal) => refuse(context, refusal),
  wait: nothing,
});

/** What the topic `transaction-requests` carries: requests, and withdrawals of requests. */
export const handleMessage = (context: Context, message: PushMessage): Promise<void> =>
  withdrawalIn(message.data) === undefined
    ? runStep(intakeStep(context), message, context)
    : runStep(withdrawStep(context), message, context);
