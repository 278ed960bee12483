import { callTree } from '#core/calls/call-tree.ts';
import { UNLIMITED } from '#core/calls/moves.ts';
import { type Law, tokensOn } from '#schemas/config.ts';
import type { KnownName } from '#schemas/known-functions.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Token } from '#schemas/tokens.ts';

/** The calls that move or give away tokens and that are told in words: where each has its arguments. */
const TOLD = {
  transfer: { to: 0, amount: 1 },
  transferFrom: { from: 0, to: 1, amount: 2 },
  approve: { to: 0, amount: 1 },
  increaseAllowance: { to: 0, amount: 1 },
  setApprovalForAll: { to: 0, approved: 1 },
} as const satisfies Partial<Record<KnownName, Readonly<Record<string, number>>>>;

type ToldName = keyof typeof TOLD;

const isTold = (name: KnownName): name is ToldName => name in TOLD;

export interface TokenCall {
  readonly name: ToldName;
  readonly to: string;
  readonly from: string | undefined;
  /** In the token's smallest unit; undefined where the call carries none. */
  readonly amount: bigint | undefined;
  readonly approved: boolean | undefined;
  readonly unlimited: boolean;
  /** As the law names the contract; undefined where it does not. */
  readonly token: Token | undefined;
}

/**
 * What the data says if the contract is a token, decoded as the policy decodes it. Undefined for any other selector, and for data that is not
 * the one canonical encoding of its arguments. Different contracts read extra bytes and dirty words differently, so they are not explained.
 */
export const tokenCall = (request: TransactionRequest, law?: Pick<Law, 'chains'>): TokenCall | undefined => {
  const { tokens } = law === undefined ? { tokens: [] } : tokensOn(law, request.chainId);
  const tree = callTree(request, tokens);
  if (tree.content.kind !== 'known') return undefined;
  const { known } = tree.content.function;
  if (!isTold(known)) return undefined;
  const at: { to: number; from?: number; amount?: number; approved?: number } = TOLD[known];
  const { values } = tree.content;
  const argument = (place: number | undefined) => (place === undefined ? undefined : values[place]);
  const [to, from, amount, approved] = [at.to, at.from, at.amount, at.approved].map(argument);
  return {
    name: known,
    to: typeof to === 'string' ? to : '',
    from: typeof from === 'string' ? from : undefined,
    amount: typeof amount === 'bigint' ? amount : undefined,
    approved: typeof approved === 'boolean' ? approved : undefined,
    unlimited: tree.units.get(request.to)?.allows === UNLIMITED,
    token: tokens.find(({ address }) => address === request.to),
  };
};

export const bytesIn = (data: string): number => (data.length - 2) / 2;

/** `0x` and the first bytes, with `…` where something is left out. */
export const beginning = (data: string, bytes = 36): string =>
  bytesIn(data) > bytes ? `${data.slice(0, 2 + 2 * bytes)}…` : data;

/** The selector of a call; undefined where there is none (plain transfer, creation, one to three bytes). */
export const selectorOf = ({ to, data }: TransactionRequest): string | undefined =>
  to !== '' && data.length >= 10 ? data.slice(0, 10) : undefined;
