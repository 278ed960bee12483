import { Interface, MaxUint256 } from 'ethers';
import type { TransactionRequest } from '#schemas/request.ts';

/** The calls that move or give away tokens, in words. ERC-20, and the approval of ERC-721 and ERC-1155. */
const TOKENS = new Interface([
  'function transfer(address to, uint256 amount)',
  'function transferFrom(address from, address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function increaseAllowance(address spender, uint256 amount)',
  'function setApprovalForAll(address operator, bool approved)',
]);

export interface TokenCall {
  readonly name: string;
  readonly to: string;
  readonly from: string | undefined;
  /** In the token's smallest unit; undefined where the call carries none. */
  readonly amount: bigint | undefined;
  readonly approved: boolean | undefined;
  readonly unlimited: boolean;
}

/** Half of all there can be, or more: what wallets and exchanges write when they mean "any amount". */
const UNLIMITED = MaxUint256 / 2n;

/**
 * What the data says if the contract is a token. Undefined for any other selector, and for data that is not the one canonical encoding of
 * its arguments. Different contracts read extra bytes and dirty words differently, so they are not explained at all.
 */
export const tokenCall = (data: string): TokenCall | undefined => {
  try {
    const call = TOKENS.parseTransaction({ data });
    if (call === null || TOKENS.encodeFunctionData(call.fragment, call.args) !== data) return undefined;
    const argument = (name: string): unknown => {
      const at = call.fragment.inputs.findIndex((input) => input.name === name);
      return at === -1 ? undefined : call.args[at];
    };
    const text = (name: string): string | undefined => {
      const value = argument(name);
      return typeof value === 'string' ? value : undefined;
    };
    const amount = argument('amount');
    const approved = argument('approved');
    const gives = call.name === 'approve' || call.name === 'increaseAllowance';
    return {
      name: call.name,
      to: text('to') ?? text('spender') ?? text('operator') ?? '',
      from: text('from'),
      amount: typeof amount === 'bigint' ? amount : undefined,
      approved: typeof approved === 'boolean' ? approved : undefined,
      unlimited: (gives && typeof amount === 'bigint' && amount >= UNLIMITED) || approved === true,
    };
  } catch {
    return undefined;
  }
};

export const bytesIn = (data: string): number => (data.length - 2) / 2;

/** `0x` and the first bytes, with `…` where something is left out. */
export const beginning = (data: string, bytes = 36): string =>
  bytesIn(data) > bytes ? `${data.slice(0, 2 + 2 * bytes)}…` : data;

/** The selector of a call; undefined where there is none (plain transfer, creation, one to three bytes). */
export const selectorOf = ({ to, data }: TransactionRequest): string | undefined =>
  to !== '' && data.length >= 10 ? data.slice(0, 10) : undefined;
