import { chainWait } from '#core/decide/nonce-wait.ts';
import { errorFields } from '#core/error-fields.ts';
import { reservedAt, sum } from '#core/register/reserved.ts';
import { nextNonce } from '#core/register/rules.ts';
import { maxCost } from '#core/transaction/fees.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { isRequestId } from '#schemas/spellings.ts';
import { all, each, type Hold } from '../hold.ts';

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
      const ahead = chainWait(request, count, next);
      if (ahead !== undefined) return { code: ahead, nextNonce: next, rest: 'postpone' };
      if (more > 0n && more > room) return { code: 'BALANCE_LOW', rest: 'postpone' };
      left -= more;
      return undefined;
    });
  } catch (error) {
    if (isKeyturnError(error)) context.log.warn('turn.wait', { chainId, ...errorFields(error) });
    else context.log.alarm('turn.fault', { chainId, ...errorFields(error) });
    return all([]);
  }
};
