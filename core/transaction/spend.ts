import { callTree } from '#core/calls/call-tree.ts';
import { counted } from '#core/calls/moves.ts';
import type { PolicyWindow } from '#schemas/policy.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type ChainTokens, type Token, tokenNamed } from '#schemas/tokens.ts';
import { maxFee } from './fees.ts';

/** What one request can take out of a wallet at most, mined or not, reverted or not. */
export interface Spend {
  /** wei: the values of all its calls and the ceiling of the fee. */
  readonly wei: bigint;
  /** By token contract (EIP-55): units that it may move or allow. */
  readonly units: ReadonlyMap<string, bigint>;
}

/** What was reckoned before, by the very request and tokens: a register that is read again holds the same ones. */
const reckoned = new WeakMap<TransactionRequest, { readonly tokens: readonly Token[]; readonly spend: Spend }>();

/** The tokens are those of the request's chain. A function of both alone. */
export const spendOf = (request: TransactionRequest, { tokens }: ChainTokens): Spend => {
  const before = reckoned.get(request);
  if (before?.tokens === tokens) return before.spend;
  const { moves, units } = callTree(request, tokens);
  const spend = {
    wei: moves + maxFee(request),
    units: new Map([...units].map(([token, amount]) => [token, counted(amount)])),
  };
  reckoned.set(request, { tokens, spend });
  return spend;
};

type Limit = Pick<PolicyWindow, 'maxWei' | 'chainId' | 'token' | 'maxUnits'>;

/** Of what a window limits: wei, or units of its token; 0 where the token is one of another chain. */
export const amountFor = (
  { maxWei, chainId = '', token = '' }: Limit,
  { wei, units }: Spend,
  chain: ChainTokens,
): bigint => {
  if (maxWei !== undefined) return wei;
  const named = tokenNamed({ chainId, token }, chain);
  return named === undefined ? 0n : (units.get(named.address) ?? 0n);
};

/** The most that a window admits, in wei or in units. */
export const mostOf = ({ maxWei, maxUnits }: Limit): bigint => BigInt(maxWei ?? maxUnits ?? '0');
