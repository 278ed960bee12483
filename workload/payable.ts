import { mostItCanCost } from '#core/fees.ts';
import { type Look, nextNonce } from '#core/register.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { stoppedObject } from '#schemas/names.ts';
import type { Candidate, Lane } from './lane.ts';

/** Why the chain makes a request wait, or undefined. `count` is a node's word: it can hold up, and chooses nothing. */
export const chainWait = (
  { replaces, nonce }: Candidate['request'],
  count: bigint,
  next: bigint,
): Extract<Code, 'CHAIN_AHEAD' | 'NONCE_AHEAD'> | undefined => {
  if (replaces !== 'foreign') return count > next ? 'CHAIN_AHEAD' : undefined;
  const skipTo = BigInt(nonce);
  if (skipTo < count) return 'CHAIN_AHEAD';
  // Skipping further than the chain is would leave a gap that nothing ever fills.
  return skipTo > count && skipTo > next ? 'NONCE_AHEAD' : undefined;
};

/** Those that the chain does not make wait: a chain ahead of the register, a wallet that cannot pay, nodes that do not answer. */
export const payable = async (
  { context, log, startNonce, aside }: Lane,
  candidates: readonly Candidate[],
  current: Look,
): Promise<readonly Candidate[]> => {
  if (candidates.length === 0) return [];
  const { chainId, address } = log;
  try {
    const chain = context.chains.of(chainId);
    const [count, balance] = await Promise.all([chain.count(address, 'latest'), chain.balance(address)]);
    const next = nextNonce(current, startNonce);
    if (count > next)
      context.log.alarm('turn.foreign', { code: 'CHAIN_AHEAD', chainId, count: `${count}`, next: `${next}` });
    let left = balance;
    return candidates.filter(({ id, request }) => {
      const cost = mostItCanCost(request);
      const code = chainWait(request, count, next) ?? (cost > left ? 'BALANCE_LOW' : undefined);
      if (code === undefined) left -= cost;
      else {
        context.log.warn('turn.wait', { id, code });
        aside.put(id);
      }
      return code === undefined;
    });
  } catch (error) {
    const reason = isKeyturnError(error) ? error.message : '';
    context.log.warn('turn.wait', { code: isKeyturnError(error) ? error.code : 'CHAIN_UNREACHABLE', chainId, reason });
    return [];
  }
};

/** A foreign transaction stopped this wallet on this chain: only what co-signers approved as `replaces: "foreign"` goes on. */
export const unlessStopped = async (
  { context, log }: Lane,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> => {
  if (candidates.length === 0) return candidates;
  const name = stoppedObject(context.wallet.name, log.chainId);
  if ((await context.storage.stat(context.buckets.work, name)) === undefined) return candidates;
  context.log.alarm('turn.stopped', { code: 'WALLET_STOPPED', wallet: context.wallet.name, chainId: log.chainId });
  return candidates.filter(({ request }) => request.replaces === 'foreign');
};
