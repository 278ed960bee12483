import { errorFields } from '#core/error-fields.ts';
import { reservedAt, sum } from '#core/register/reserved.ts';
import { nextNonce } from '#core/register/rules.ts';
import { maxCost } from '#core/transaction/fees.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { isRequestId } from '#schemas/spellings.ts';
import { all, each, type Hold } from '../hold.ts';
import type { Candidate } from '../lane.ts';

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

/** What the chain makes wait: a chain ahead of the register, a wallet that cannot pay. Where no node answers, nobody goes. */
export const holdUnfunded: Hold = async ({ context, register, startNonce }, candidates, { view }) => {
  const { chainId, address } = register;
  try {
    const chain = context.chains.of(chainId);
    // In this order: what is mined in between is then counted as spent twice, not as not spent at all.
    const count = await chain.count(address, 'latest');
    const balance = await chain.balance(address);
    const next = nextNonce(view, startNonce);
    if (count > next)
      context.log.alarm('turn.foreign', { code: 'CHAIN_AHEAD', chainId, count: `${count}`, next: `${next}` });
    const reserved = reservedAt(view, count);
    let left = balance - sum(reserved.values());
    return each(candidates, ({ request }) => {
      // A replacement takes the place of what is sealed at its nonce, so only what it costs beyond that must be there.
      const given = isRequestId(request.replaces) ? (reserved.get(BigInt(request.nonce)) ?? 0n) : 0n;
      const cost = maxCost(request);
      const more = cost > given ? cost - given : 0n;
      // A skip is mined above all that is reserved, and lifts the stop below which nobody could free it by a cancel.
      const room = request.replaces === 'foreign' ? balance : left;
      const code = chainWait(request, count, next) ?? (more > 0n && more > room ? 'BALANCE_LOW' : undefined);
      if (code !== undefined) return { code, rest: 'postpone' };
      left -= more;
      return undefined;
    });
  } catch (error) {
    if (isKeyturnError(error)) context.log.warn('turn.wait', { chainId, ...errorFields(error) });
    else context.log.alarm('turn.fault', { chainId, ...errorFields(error) });
    return all([]);
  }
};
