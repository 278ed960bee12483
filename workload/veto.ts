import { delayWait } from '#core/decide/missing-approvals.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { delayOf } from '#core/policy-delay.ts';
import type { Delay } from '#core/register/entry.ts';
import { type DelayInput, delayRun, oppositionIn } from '#core/shares/delay.ts';
import { listShares, type ShareObjects } from '#core/shares/list.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

const waitFor = async (lane: Lane, id: string, found: FoundWait): Promise<void> => {
  lane.context.log.info('turn.wait', { id, code: found.code, coSigner: found.coSigner });
  await noteWaits(lane, [{ id, ...found, nextNonce: undefined }]);
};

/**
 * The delay that is over, as the seal tells it. Undefined where the request must not be sealed now: somebody stands against it, or the delay
 * goes on. `at`: ms, by a token older than the listing.
 */
export const delayOver = async (
  lane: Lane,
  id: string,
  listed: ShareObjects,
  { at, ...input }: DelayInput & { readonly at: number },
): Promise<Delay | undefined> => {
  const opposition = oppositionIn(listed);
  const run = delayRun(input);
  const until = run?.endedAt ?? Number.POSITIVE_INFINITY;
  if (opposition.kind === 'veto') {
    // Reconcile closes it: one rejection is enough.
    await waitFor(lane, id, { code: 'CLOSE_DUE', coSigner: opposition.coSigner });
    return undefined;
  }
  const unlisted = opposition.kind === 'unlisted' ? opposition.coSigner : undefined;
  if (run !== undefined && until <= at && unlisted === undefined) {
    const { name: object, generation } = run.share;
    return { startedAt: timeText(run.startedAt), endedAt: timeText(until), object, generation };
  }
  await waitFor(lane, id, delayWait({ until, unlisted }, at));
  return undefined;
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
