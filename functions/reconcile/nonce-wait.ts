import { isNonceWaitOver, type NonceWait, type WalletNonces } from '#core/decide/nonce-wait.ts';
import { errorFields } from '#core/error-fields.ts';
import { idsAt } from '#core/register/plan.ts';
import { nextNonce, type RegisterView } from '#core/register/rules.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { walletNamed } from '#schemas/config.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { signedObject } from '#schemas/names.ts';
import type { Tick } from './tick.ts';

/** Are bytes stored at this nonce? Also where nothing shows that it is sealed: then nothing says what to wait for. */
const areOutAt = async ({ context }: Tick, nonce: bigint, view: RegisterView): Promise<boolean> => {
  const { storage, buckets } = context;
  const ids = new Set(idsAt(nonce, view));
  const stored = await Promise.all([...ids].map((id) => storage.stat(buckets.signed, signedObject(id))));
  return ids.size === 0 || stored.some((object) => object !== undefined);
};

/** undefined where no node answers: then the wait goes on, and a later tick asks again. */
const countOf = async (tick: Tick, { walletAddress, request }: RequestFact): Promise<bigint | undefined> => {
  const { chains, log } = tick.context;
  try {
    return await tick.onChain(request.chainId, () => chains.of(request.chainId).count(walletAddress, 'latest'));
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    log.warn('reconcile.fault', { chainId: request.chainId, ...errorFields(error) });
    return undefined;
  }
};

/**
 * The nonces as they are now, as far as they can end this wait. The chain is asked last, since each check of a waiting request pays for it.
 */
const noncesNow = async (tick: Tick, fact: RequestFact, wait: NonceWait, view: RegisterView): Promise<WalletNonces> => {
  const { wallet, chainId } = fact.request;
  const start = walletNamed(tick.context.law, wallet)?.chains.find((chain) => chain.chainId === chainId)?.startNonce;
  const next = nextNonce(view, BigInt(start ?? '0'));
  const areOut = wait.endsBy === 'bytes' ? await areOutAt(tick, wait.nonce, view) : undefined;
  const isChainAsked = wait.endsBy === 'chain' ? next === wait.nonce : areOut === false;
  return { next, areOut, count: isChainAsked ? await countOf(tick, fact) : undefined };
};

/** Would another turn hear something else than that it waits for this nonce? */
export const isOver = async (tick: Tick, fact: RequestFact, wait: NonceWait, view: RegisterView): Promise<boolean> =>
  isNonceWaitOver(wait, fact.request, await noncesNow(tick, fact, wait, view));
