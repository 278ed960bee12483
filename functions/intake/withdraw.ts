import { decideWithdraw } from '#core/decide/withdraw.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { patchMark } from '#core/facts/marks.ts';
import { commitFact, loadFacts } from '#core/facts/store.ts';
import { type Withdrawal, withdrawalIn } from '#core/facts/withdrawal.ts';
import type { Context } from '#functions/runtime/context.ts';
import type { PushMessage } from '#functions/runtime/push.ts';
import { nothing, type Step } from '#functions/runtime/run-step.ts';
import type { RefusalFact } from '#schemas/facts.ts';
import { withdrawnObject } from '#schemas/names.ts';
import { refuse } from './refuse.ts';

interface Input {
  readonly message: { readonly data: Uint8Array; readonly messageId: string };
  readonly withdrawal: Withdrawal;
}

/** Stores the withdrawal. Only reconcile may write closes, so the request is made due at once. Reconcile announces the result. */
export const withdrawStep = (context: Context): Step<Input, RequestFacts, Withdrawal, RefusalFact> => ({
  name: 'withdraw',
  parse: ({ data, messageId }: PushMessage) => {
    const withdrawal = withdrawalIn(data);
    return withdrawal === undefined ? undefined : { message: { data, messageId }, withdrawal };
  },
  about: ({ message, withdrawal }) => ({ messageId: message.messageId, id: withdrawal.id }),
  load: ({ withdrawal }) => loadFacts(context.storage, context.buckets, withdrawal.id),
  decide: ({ message, withdrawal }, facts) =>
    decideWithdraw(message, withdrawal, facts, { registerBucket: context.buckets.register, lawHash: context.lawHash }),
  commit: async (_, __, { id, wallet, requester }, now) => {
    const { storage, buckets } = context;
    await commitFact(
      storage,
      { kind: 'withdrawn', bucket: buckets.results, name: withdrawnObject(id) },
      { id, wallet, requester },
    );
    await patchMark(storage, buckets.work, { whose: { wallet, requester }, id }, { stage: 'received', due: now });
  },
  refuse: (_, refusal) => refuse(context, refusal),
  wait: nothing,
});
