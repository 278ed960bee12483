import { getBytes } from 'ethers';
import { type KnownFunction, knownFunction } from '#schemas/known-functions.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Token } from '#schemas/tokens.ts';
import { type AbiValue, decodeCall, NON_CANONICAL, type NonCanonical } from './decode.ts';
import { UNLIMITED, type Units, unitsOf } from './moves.ts';
import { type Call, MAX_CALLS, nestedIn, UNREADABLE, type Unreadable } from './nested.ts';

export type CallContent =
  /** No data: it only moves its value. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'creation' }
  | { readonly kind: 'known'; readonly function: KnownFunction; readonly values: readonly AbiValue[] }
  /** Data that no function known here explains. A rule may name a function for it. */
  | { readonly kind: 'unknown' }
  /** Matches no allow rule and every deny rule. */
  | { readonly kind: 'refused'; readonly cause: NonCanonical | Unreadable };

/** One call, with all that lie within it. */
export interface CallNode extends Call {
  /** "" for the request's own call; `2.1` is the first call within its second. */
  readonly place: string;
  readonly content: CallContent;
  readonly within: readonly CallNode[];
  /** wei that it and all within it move at most: the dearer of its own value and of theirs. */
  readonly moves: bigint;
  /** By token contract (EIP-55): what it and all within it may move or allow. */
  readonly units: ReadonlyMap<string, Units>;
}

const MAX_LEVELS = 4;

export const causeText = (cause: NonCanonical | Unreadable): string =>
  cause in NON_CANONICAL ? Reflect.get(NON_CANONICAL, cause) : Reflect.get(UNREADABLE, cause);

const contentOf = ({ to, data }: Call): CallContent => {
  if (to === '') return { kind: 'creation' };
  if (data === '0x') return { kind: 'plain' };
  const known = data.length < 10 ? undefined : knownFunction(data.slice(0, 10));
  if (known === undefined) return { kind: 'unknown' };
  const decoded = decodeCall(known, getBytes(data));
  return decoded.kind === 'decoded'
    ? { kind: 'known', function: known, values: decoded.values }
    : { kind: 'refused', cause: decoded.cause };
};

const NO_UNITS: CallNode['units'] = new Map();

const merged = (all: readonly CallNode['units'][]): CallNode['units'] => {
  const sums = new Map<string, Units>();
  for (const [token, { leaves, allows }] of all.flatMap((units) => [...units])) {
    const before = sums.get(token);
    sums.set(token, { leaves: (before?.leaves ?? 0n) + leaves, allows: (before?.allows ?? 0n) + allows });
  }
  return sums;
};

/** What a Safe pays back for gas is the price times what was used: nothing that its transaction says bounds it. */
const refundOf = ({
  content,
}: Pick<CallNode, 'content'>): { readonly wei: bigint; readonly units: CallNode['units'] } => {
  if (content.kind !== 'known' || content.function.known !== 'execTransaction' || content.values[6] === 0n)
    return { wei: 0n, units: NO_UNITS };
  const gasToken = content.values[7];
  return typeof gasToken === 'string' && BigInt(gasToken) !== 0n
    ? { wei: 0n, units: new Map([[gasToken, { leaves: UNLIMITED, allows: 0n }]]) }
    : { wei: UNLIMITED, units: NO_UNITS };
};

interface Budget {
  calls: number;
}

type Standards = ReadonlyMap<string, Token['standard']>;

const ownUnits = ({ to }: Call, content: CallContent, standards: Standards): CallNode['units'] => {
  if (content.kind !== 'known') return NO_UNITS;
  const units = unitsOf(content.function.known, content.values, standards.get(to) ?? 'erc20');
  return units === undefined ? NO_UNITS : new Map([[to, units]]);
};

const leaf = (call: Call, place: string, content: CallContent): CallNode => ({
  to: call.to,
  value: call.value,
  data: call.data,
  place,
  content,
  within: [],
  moves: call.value,
  units: NO_UNITS,
});

const nodeOf = (call: Call, place: readonly number[], standards: Standards, budget: Budget): CallNode => {
  const name = place.join('.');
  const content = contentOf(call);
  const alone = leaf(call, name, content);
  if (content.kind !== 'known') return alone;
  const { calls, value } = nestedIn(content.function.known, content.values, call);
  budget.calls += calls.length;
  if (budget.calls > MAX_CALLS) return leaf(call, name, { kind: 'refused', cause: 'too-many-calls' });
  if (calls.length > 0 && place.length >= MAX_LEVELS) return leaf(call, name, { kind: 'refused', cause: 'too-deep' });
  const within = calls.map((one, n) =>
    one.problem === undefined
      ? nodeOf(one, [...place, n + 1], standards, budget)
      : leaf(one, [...place, n + 1].join('.'), { kind: 'refused', cause: one.problem }),
  );
  const inner = within.map(({ moves }) => moves);
  const refund = refundOf(alone);
  const theirs = value === 'each' ? inner.reduce((sum, one) => sum + one, refund.wei) : 0n;
  return {
    ...alone,
    within,
    moves: [call.value, theirs, ...inner].reduce((most, one) => (one > most ? one : most)),
    units: merged([ownUnits(call, content, standards), refund.units, ...within.map(({ units }) => units)]),
  };
};

/**
 * The call that a request makes, and those that lie within it: of Multicall, of Safe, at most 64, at most 4 levels below. The tokens are those
 * of its chain; they say what an amount counts. What a call moves or allows is counted whoever it belongs to: the wallet, or a Safe that
 * it is an owner of. Pure, and its work is bounded by the bytes of the request.
 */
export const callTree = ({ to, value, data }: TransactionRequest, tokens: readonly Token[]): CallNode =>
  treeOf({ to, value: BigInt(value), data }, tokens);

/** The same of any call, such as one that lies in an argument. */
export const treeOf = (call: Call, tokens: readonly Token[]): CallNode =>
  nodeOf(call, [], new Map(tokens.map((one) => [one.address, one.standard])), { calls: 0 });

/** The call and all within it, outermost first. */
export const allCalls = (node: CallNode): readonly CallNode[] => [node, ...node.within.flatMap(allCalls)];
