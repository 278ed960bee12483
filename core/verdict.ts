import { formatEther, formatUnits } from 'ethers';
import type { RequestField } from '#schemas/request.ts';
import type { Token } from '#schemas/tokens.ts';

export type Verdict =
  /** `approvals`: how many co-signers this transaction needs, at least the wallet's threshold. */
  { readonly kind: 'allowed'; readonly rule: string; readonly approvals: number } | Denial;

export interface Denial {
  readonly kind: 'denied';
  readonly code: 'POLICY_DENIED' | 'NONCE_REQUIRED' | 'BAD_SIGNATURE';
  readonly field: RequestField;
  /** The name of the rule or window, or `default`, `requesters`, `coSigners`, `requesterSignature`, `pinNonceAboveWei`, `pinNonceAboveTokens`. */
  readonly rule: string;
  /** In words, for the sender. */
  readonly reason: string;
}

export const deny = (code: Denial['code'], field: RequestField, rule: string, reason: string): Denial => ({
  kind: 'denied',
  code,
  field,
  rule,
  reason,
});

const withoutZeros = (text: string): string => text.replace(/\.0$/, '');

export const money = (wei: bigint): string => `${wei} wei (${withoutZeros(formatEther(wei))} ETH)`;

/** Of a token that the law names, in its own decimals too. */
export const tokenMoney = (units: bigint, { symbol, decimals, standard }: Token): string =>
  units >= 2n ** 256n
    ? `any amount of ${symbol}`
    : standard === 'erc20'
      ? `${units} units (${withoutZeros(formatUnits(units, decimals))} ${symbol})`
      : `${units} of ${symbol}`;
