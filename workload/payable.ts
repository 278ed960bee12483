import { errorFields } from '#core/error-fields.ts';
import { standingStops } from '#core/facts/stops.ts';
import { reservedAt, sum } from '#core/register/reserved.ts';
import { nextNonce, type RegisterView } from '#core/register/rules.ts';
import { overfilled, plannedOutlay, sealedOutlays } from '#core/register/windows.ts';
import { maxCost } from '#core/transaction/fees.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { isRequestId } from '#schemas/spellings.ts';
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
export const holdUnfunded = async (
  { context, register, startNonce, backoff }: Lane,
  candidates: readonly Candidate[],
  current: RegisterView,
): Promise<readonly Candidate[]> => {
  if (candidates.length === 0) return [];
  const { chainId, address } = register;
  try {
    const chain = context.chains.of(chainId);
    // In this order: what is mined in between is then counted as spent twice, not as not spent at all.
    const count = await chain.count(address, 'latest');
    const balance = await chain.balance(address);
    const next = nextNonce(current, startNonce);
    if (count > next)
      context.log.alarm('turn.foreign', { code: 'CHAIN_AHEAD', chainId, count: `${count}`, next: `${next}` });
    const reserved = reservedAt(current, count);
    let left = balance - sum(reserved.values());
    return candidates.filter(({ id, request }) => {
      // A replacement takes the place of what is sealed at its nonce, so only what it costs beyond that must be there.
      const given = isRequestId(request.replaces) ? (reserved.get(BigInt(request.nonce)) ?? 0n) : 0n;
      const cost = maxCost(request);
      const more = cost > given ? cost - given : 0n;
      // A skip is mined above all that is reserved, and lifts the stop below which nobody could free it by a cancel.
      const room = request.replaces === 'foreign' ? balance : left;
      const code = chainWait(request, count, next) ?? (more > 0n && more > room ? 'BALANCE_LOW' : undefined);
      if (code === undefined) left -= more;
      else {
        context.log.warn('turn.wait', { id, code });
        backoff.postpone(id);
      }
      return code === undefined;
    });
  } catch (error) {
    if (isKeyturnError(error)) context.log.warn('turn.wait', { chainId, ...errorFields(error) });
    else context.log.alarm('turn.fault', { chainId, ...errorFields(error) });
    return [];
  }
};

/** A foreign transaction stopped this wallet on this chain: only what co-signers approved as `replaces: "foreign"` goes on. */
export const holdStopped = async (
  { context, register }: Lane,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> => {
  if (candidates.length === 0) return candidates;
  const { storage, buckets, wallet } = context;
  const stops = await standingStops(storage, buckets.work, wallet.name, register.chainId);
  if (stops.length === 0) return candidates;
  context.log.alarm('turn.stopped', { code: 'WALLET_STOPPED', wallet: wallet.name, chainId: register.chainId });
  return candidates.filter(({ request }) => request.replaces === 'foreign');
};

/** Those that the policy's windows have room for, in their order. Room comes back with time alone, so nobody is closed for want of it. */
export const holdOverWindow = (
  { context, backoff }: Lane,
  candidates: readonly Candidate[],
  current: RegisterView,
): readonly Candidate[] => {
  const { windows } = context.wallet.policy;
  if (windows.length === 0) return candidates;
  const outlays = [...sealedOutlays(current)];
  return candidates.filter(({ id, request }) => {
    const own = plannedOutlay(id, request, current.at);
    const full = overfilled(own, outlays, windows);
    if (full === undefined) outlays.push(own);
    else {
      context.log.warn('turn.wait', { id, code: 'WINDOW_FULL', window: full.name });
      backoff.postpone(id);
    }
    return full === undefined;
  });
};
