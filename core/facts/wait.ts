import { z } from 'zod';
import { spelled, time, timeMs, timeText, uint64 } from '#schemas/spellings.ts';

/** Why a turn could not seal an approved request yet, or make its bytes: each a code of schemas/codes.ts. */
export const WAIT_CODES = [
  'NONCE_AHEAD',
  'GAP_BELOW',
  'CHAIN_AHEAD',
  'BALANCE_LOW',
  'WINDOW_FULL',
  'VALIDITY_TOO_LONG',
  'NOT_ENOUGH_SHARES',
  'SHARE_UNREACHABLE',
  'WALLET_STOPPED',
] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

/**
 * What the newest turn learned about a request that it could not seal. It lies in the open mark, is advice, and can only delay: whether a
 * turn is owed is asked again of the register and the chain (core/decide/nonce-wait.ts).
 */
export interface Wait {
  readonly code: WaitCode;
  /** ms: when the turn first met it */
  readonly at: number;
  /** The nonce that had to move: the next one of the register; of GAP_BELOW, the sealed one whose bytes are missing. */
  readonly nextNonce: bigint | undefined;
}

const stored = z
  .strictObject({ code: z.enum(WAIT_CODES), at: spelled(time), nextNonce: spelled(uint64).optional() })
  .readonly();

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** undefined where there is none, or where somebody wrote what no turn writes. */
export const readWait = (text: string | undefined): Wait | undefined => {
  const found = text === undefined ? undefined : stored.safeParse(parsed(text));
  if (!found?.success) return undefined;
  const { code, at, nextNonce } = found.data;
  return { code, at: timeMs(at) ?? 0, nextNonce: nextNonce === undefined ? undefined : BigInt(nextNonce) };
};

export const waitText = ({ code, at, nextNonce }: Wait): string =>
  JSON.stringify({ code, at: timeText(at), ...(nextNonce === undefined ? {} : { nextNonce: `${nextNonce}` }) });
