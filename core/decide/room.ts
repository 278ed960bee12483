import type { RequestProblem } from '#core/request-rules.ts';
import type { Law } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isSigner } from '#schemas/spellings.ts';

/** Open requests of a wallet besides the one that is judged, counted from a listing: two at once may both find room. */
export interface Open {
  readonly wallet: number;
  /** Of the same requester. */
  readonly requester: number;
  /** Of requesters who sign nothing. */
  readonly unsigned: number;
}

/** A fifth of a wallet's room is kept for requesters who sign, where the law says nothing else. One may always be unsigned. */
export const mostUnsigned = ({ maxOpenPerWallet, maxOpenUnsignedPerWallet }: Law['limits']): number =>
  maxOpenUnsignedPerWallet ?? Math.max(1, Math.floor((maxOpenPerWallet * 4) / 5));

/** `requesters`: of all that are open, and of which `own` is the one that asks now. */
export const openOf = (requesters: readonly string[], own: string): Open => ({
  wallet: requesters.length,
  requester: requesters.filter((each) => each === own).length,
  // An address always signs, or it is not accepted.
  unsigned: requesters.filter((each) => !isSigner(each)).length,
});

/** Why there is no room for a request. Nobody who signs nothing can take the room of those who do. */
export const roomProblem = (
  open: Open,
  { wallet, requester }: TransactionRequest,
  { limits }: Pick<Law, 'limits'>,
): RequestProblem | undefined => {
  const full = (field: 'wallet' | 'requester', reason: string): RequestProblem => ({
    code: 'TOO_MANY_OPEN',
    field,
    reason,
  });
  const { maxOpenPerRequester, maxOpenPerWallet } = limits;
  if (open.requester >= maxOpenPerRequester)
    return full('requester', `${requester} has ${maxOpenPerRequester} open requests already`);
  if (open.wallet >= maxOpenPerWallet) return full('wallet', `${wallet} has ${maxOpenPerWallet} open requests already`);
  const unsigned = mostUnsigned(limits);
  if (isSigner(requester) || open.unsigned < unsigned) return undefined;
  return full(
    'requester',
    `${wallet} has ${unsigned} open requests that nobody signed; its other room is for those who sign`,
  );
};
