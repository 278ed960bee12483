import { type Collection, decideCollect } from '#core/decide/collect.ts';
import { missingApprovals } from '#core/decide/missing-approvals.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import type { FoundWait } from '#core/facts/wait.ts';
import { delayOf } from '#core/policy-delay.ts';
import { listShares, type ShareObjects, shareObjectsOf, type Votes } from '#core/shares/list.ts';
import { isSettledWithout } from '#core/shares/quorum.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import { validUntilMs } from '#schemas/request.ts';
import type { Tick } from './tick.ts';

/** The votes on one request, as far as they were listed, and what they ask for. */
export interface Counted {
  readonly objects: ShareObjects;
  readonly collection: Collection | undefined;
  /** Every holder's place was listed. Otherwise no vote in the others can change what is owed. */
  readonly isWhole: boolean;
}

/** Listed for this request alone, and now: what is acted on, and what a delay or a veto hangs on. */
const afresh = async ({ context }: Tick, facts: RequestFacts, wallet: Wallet, now: number): Promise<Counted> => {
  const objects = await listShares(() => context.storage, context.law, wallet, facts.id);
  const decision = decideCollect(facts, objects, context.law, now);
  return { objects, collection: decision.kind === 'act' ? decision.act : undefined, isWhole: true };
};

/** What this tick's listings show, one place after the other, until no other vote can change what is owed. */
const atAGlance = async (tick: Tick, facts: RequestFacts, wallet: Wallet, now: number): Promise<Counted> => {
  const found = new Map<string, Votes>();
  const unreachable = new Map<string, Code>();
  const unlisted = new Set(wallet.holders.map(({ coSigner }) => coSigner));
  const counted = (): Counted => {
    const objects = shareObjectsOf(wallet, found, unreachable);
    const decision = decideCollect(facts, objects, tick.context.law, now);
    return { objects, collection: decision.kind === 'act' ? decision.act : undefined, isWhole: unlisted.size === 0 };
  };
  for (const { coSigner } of wallet.holders) {
    try {
      found.set(coSigner, await tick.places.votesOf(coSigner, facts.id));
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      unreachable.set(coSigner, error.code);
    }
    unlisted.delete(coSigner);
    const so = counted();
    if (so.collection?.kind !== 'count') return so;
    if (isSettledWithout(so.collection.state, wallet, so.collection.needed, unlisted)) return so;
  }
  return counted();
};

/** Undefined where no vote counts any more, or the request is over as it stands. */
export const votesOn = async (tick: Tick, facts: RequestFacts, now: number): Promise<Counted | undefined> => {
  const { law } = tick.context;
  const wallet = facts.request === undefined ? undefined : verifiedWalletOf(facts.request.fact, law);
  if (facts.request === undefined || wallet === undefined) return undefined;
  const { request } = facts.request.fact;
  if (facts.outcome !== undefined || facts.submitted !== undefined || facts.withdrawn !== undefined) return undefined;
  if (validUntilMs(request) <= now) return undefined;
  if (delayOf(request, wallet, law) > 0) return afresh(tick, facts, wallet, now);
  const seen = await atAGlance(tick, facts, wallet, now);
  const isActedOn =
    seen.collection?.kind === 'reject' || (seen.collection?.kind === 'approve' && facts.approved === undefined);
  return isActedOn ? afresh(tick, facts, wallet, now) : seen;
};

/** What to note of the approvals that are missing. Who was not listed may have voted, so a number is told where all were. */
export const heldFor = (
  collection: Extract<Collection, { readonly kind: 'count' }>,
  { objects, isWhole }: Counted,
): FoundWait => {
  const missing = missingApprovals(collection, objects);
  return isWhole ? missing : { code: missing.code };
};
