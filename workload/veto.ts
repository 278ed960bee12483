import { delayWait } from '#core/decide/missing-approvals.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { delayOf } from '#core/policy-delay.ts';
import { type DelayInput, delayEnd, oppositionIn } from '#core/shares/delay.ts';
import { listShares, type ShareObjects } from '#core/shares/list.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

const waitFor = async (lane: Lane, id: string, found: FoundWait): Promise<void> => {
  lane.context.log.info('turn.wait', { id, code: found.code, coSigner: found.coSigner });
  await noteWaits(lane, [{ id, ...found, nextNonce: undefined }]);
};

/** Whether it must not be sealed now: somebody stands against it, or its delay is not over. `at`: ms, by a token older than the listing. */
export const delayed = async (
  lane: Lane,
  id: string,
  listed: ShareObjects,
  { at, ...input }: DelayInput & { readonly at: number },
): Promise<boolean> => {
  const opposition = oppositionIn(listed);
  const until = delayEnd(input);
  if (opposition.kind === 'veto') {
    // Reconcile closes it: one rejection is enough.
    await waitFor(lane, id, { code: 'CLOSE_DUE', coSigner: opposition.coSigner });
    return true;
  }
  const unlisted = opposition.kind === 'unlisted' ? opposition.coSigner : undefined;
  if (until <= at && unlisted === undefined) return false;
  await waitFor(lane, id, delayWait({ until, unlisted }, at));
  return true;
};

/**
 * The second look at the votes: whether a co-signer stands against bytes that are sealed and not out yet. Lists every place again, after
 * the seal was created. Only where there is a delay does one co-signer stop it.
 */
export const isOpposed = async (
  lane: Lane,
  { id, request }: { readonly id: string; readonly request: TransactionRequest },
): Promise<boolean> => {
  const { law, wallet, shareStorage } = lane.context;
  if (delayOf(request, wallet, law) === 0) return false;
  const opposition = oppositionIn(await listShares(shareStorage, law, wallet, id));
  if (opposition.kind === 'none') return false;
  const code = opposition.kind === 'veto' ? 'SEAL_VETOED' : 'VOTE_UNREACHABLE';
  await waitFor(lane, id, { code, coSigner: opposition.coSigner });
  return true;
};
