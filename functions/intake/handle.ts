import {
  type Acceptance,
  decideIntake,
  type IntakeState,
  type RawMessage,
  type Reading,
  type Recognised,
  readMessage,
  refusalOf,
} from '#core/decide/intake.ts';
import { announce, commitFact, readFact } from '#core/facts-store.ts';
import { markMetadata, patchMark } from '#core/marks.ts';
import { acceptedEvents, refusedEvents } from '#schemas/events.ts';
import type { OutcomeFact, RefusalFact } from '#schemas/facts.ts';
import {
  openObject,
  outcomeObject,
  referenceAttemptOf,
  referenceFolder,
  referenceObject,
  refusalObject,
  requestObject,
} from '#schemas/names.ts';
import type { Context } from '../shell/context.ts';
import type { PushMessage } from '../shell/push.ts';
import { nothing, type Step } from '../shell/run-step.ts';

interface Input {
  readonly message: RawMessage;
  readonly reading: Reading;
}

const newestReference = async (context: Context, { referenceHash }: Recognised): Promise<IntakeState['reference']> => {
  const { objects } = await context.storage.list(context.buckets.work, referenceFolder(referenceHash), { limit: 1 });
  const [newest] = objects;
  const attempt = newest === undefined ? undefined : referenceAttemptOf(newest.name);
  if (newest === undefined || attempt === undefined) return undefined;
  const mark = await readFact(context.storage, 'reference', context.buckets.work, newest.name);
  if (mark === undefined) return undefined;
  const outcome: OutcomeFact | undefined = (
    await readFact(context.storage, 'outcome', context.buckets.results, outcomeObject(mark.fact.id))
  )?.fact;
  return { attempt, id: mark.fact.id, outcome };
};

const load = async (context: Context, { reading }: Input): Promise<IntakeState> => {
  if (reading.kind === 'refused') return { accepted: false, reference: undefined };
  const [stored, reference] = await Promise.all([
    context.storage.stat(context.buckets.results, requestObject(reading.request.id)),
    newestReference(context, reading.request),
  ]);
  return { accepted: stored !== undefined, reference };
};

const refuse = async (context: Context, refusal: RefusalFact): Promise<void> => {
  const stored = await commitFact(
    context.storage,
    'refusal',
    context.buckets.results,
    refusalObject(refusal.dataHash, refusal.lawHash),
    refusal,
  );
  await announce(context.publisher, context.law.name, stored.object, refusedEvents(stored.fact));
  const { code, field, reason, messageId, existingId } = refusal;
  context.log.info('intake.refuse', { code, field, reason, messageId, existingId });
};

/** Takes the reference for this id; the id that has it where somebody else was faster. */
const takeReference = async (context: Context, request: Recognised, attempt: bigint): Promise<string> => {
  const { id } = request;
  const { wallet } = request.fact.request;
  const name = referenceObject(request.referenceHash, attempt);
  const stored = await commitFact(context.storage, 'reference', context.buckets.work, name, { id, wallet });
  return stored.fact.id;
};

/** Mark first (with the raw message, so that reconcile can finish what dies here), then the reference, then the request itself. */
const accept = async (
  context: Context,
  message: RawMessage,
  state: IntakeState,
  { request, attempt }: Acceptance,
  now: number,
): Promise<void> => {
  const { id, fact } = request;
  const { wallet } = fact.request;
  if (!state.accepted) {
    await context.storage.createOnce(
      context.buckets.work,
      openObject(wallet, id),
      message.data,
      markMetadata('received', now),
    );
    if (attempt !== undefined) {
      const owner = await takeReference(context, request, attempt);
      if (owner !== id) {
        await refuse(
          context,
          refusalOf(message, context.lawHash, 'REFERENCE_USED', 'reference', `names request ${owner} already`, owner),
        );
        await context.storage.delete(context.buckets.work, openObject(wallet, id));
        return;
      }
    }
  }
  const stored = await commitFact(context.storage, 'request', context.buckets.results, requestObject(id), fact);
  // Due at once: shares may have come before the request, and their notifications are spent.
  if (stored.created) await patchMark(context.storage, context.buckets.work, wallet, id, 'accepted', now);
  await announce(context.publisher, context.law.name, stored.object, acceptedEvents(id, stored.fact.request));
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
      : decideIntake(message, reading.request, state, context.law, context.lawHash, now),
  commit: ({ message }, state, acceptance, now) => accept(context, message, state, acceptance, now),
  refuse: (_, refusal) => refuse(context, refusal),
  wait: nothing,
});
