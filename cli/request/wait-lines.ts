import { type Line, warn } from '#cli/app/output.ts';
import type { Wait } from '#core/facts/wait.ts';
import { CODES } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { nonceSpan } from './next-nonce.ts';

/** Which nonce must move, in words; "" where the wait is for something else. */
const nonceWords = ({ code, nextNonce }: Wait, { nonce, replaces }: TransactionRequest): string => {
  if (nextNonce === undefined) return '';
  const own = nonce === '' ? undefined : BigInt(nonce);
  if (code === 'NONCE_AHEAD' && replaces === '' && own !== undefined && own > nextNonce)
    return `it names nonce ${own}, so it waits for ${nonceSpan(nextNonce, own)}`;
  if (code === 'GAP_BELOW') return `the bytes of nonce ${nextNonce} cannot come out`;
  return `the next nonce is ${nextNonce}`;
};

/** Why the newest turn could not sign it, and what to do. */
export const waitLines = (wait: Wait, request: TransactionRequest): readonly Line[] => {
  const words = nonceWords(wait, request);
  return [[warn(wait.code), ` since ${timeText(wait.at)}${words === '' ? '' : `: ${words}`}`], CODES[wait.code].advice];
};

export const waitJson = ({ code, at, nextNonce }: Wait) => ({
  code,
  at: timeText(at),
  nextNonce: nextNonce === undefined ? null : `${nextNonce}`,
});
