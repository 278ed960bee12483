import type { Stored } from '#core/facts/lifecycle.ts';
import { dueWithin, type Mark, markOf, patchMark } from '#core/facts/marks.ts';
import { announce, commitFact } from '#core/facts/store.ts';
import type { Context } from '#functions/runtime/context.ts';
import { acceptedEvents, approvedEvents } from '#schemas/events.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { approvedObject, openObject } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';

/** Polls until reconcile looks whether a turn came of it. The message to launch is delivered until launch acknowledges it. */
const LOOKS = 4;

export const readMark = async (
  { storage, buckets }: Context,
  { id, request }: RequestFact,
): Promise<Mark | undefined> => {
  const object = await storage.stat(buckets.work, openObject(request.wallet, id));
  return object === undefined ? undefined : markOf(object);
};

/** Approved: a turn is due. */
export const approve = async (
  context: Context,
  request: Stored<'request'>,
  coSigners: readonly string[],
  now: number,
): Promise<void> => approveMarked(context, { request, mark: await readMark(context, request.fact) }, coSigners, now);

/** The same, where the mark was read. An intake that died may not have said that the request was accepted: what the mark does not vouch for is said. */
export const approveMarked = async (
  context: Context,
  { request, mark }: { readonly request: Stored<'request'>; readonly mark: Mark | undefined },
  coSigners: readonly string[],
  now: number,
): Promise<void> => {
  const { storage, buckets, publisher, law, operations } = context;
  const { id, request: asked } = request.fact;
  const { wallet } = asked;
  const stored = await commitFact(
    storage,
    { kind: 'approved', bucket: buckets.results, name: approvedObject(id) },
    { id, wallet, coSigners },
  );
  if (mark?.stage === 'received') await announce(publisher, law.name, request.object, acceptedEvents(id, asked));
  await announce(publisher, law.name, stored.object, approvedEvents(stored.fact, asked));
  const due = dueWithin(LOOKS * operations.pollSeconds, now, validUntilMs(asked));
  await patchMark(storage, buckets.work, { whose: asked, id }, { stage: 'approved', due, held: null });
};
