import { getBytes } from 'ethers';
import type { AbiFunction } from '#schemas/abi.ts';
import type { CallRule } from '#schemas/call-rule.ts';
import type { PolicyRule } from '#schemas/policy.ts';
import { failing, hits } from './calls/arguments.ts';
import type { CallContent, CallNode } from './calls/call-tree.ts';
import { type AbiValue, decodeCall } from './calls/decode.ts';

/** A call as the rules of one wallet read it: functions that they name are decoded too. */
export interface JudgedCall {
  readonly node: CallNode;
  /** `decoded`: by a function that is known, or that a rule names. */
  readonly content:
    | { readonly kind: 'plain' | 'creation' | 'unknown' }
    | { readonly kind: 'decoded'; readonly values: readonly AbiValue[] }
    | Extract<CallContent, { readonly kind: 'refused' }>;
}

const SELECTOR_CHARS = 10;

/**
 * The first four bytes of a call, or `0x` where it carries none. One to three bytes are no selector, but some contracts read missing bytes
 * as zeros. `padded` adds those zeros, so that leaving off a zero does not evade a deny rule. A creation has no selector.
 */
export const selectorOf = ({ to, data }: Pick<CallNode, 'to' | 'data'>, padded: boolean): string | undefined => {
  if (to === '') return undefined;
  if (data === '0x' || data.length >= SELECTOR_CHARS) return data.slice(0, SELECTOR_CHARS);
  return padded ? data.padEnd(SELECTOR_CHARS, '0') : undefined;
};

/** The function that a rule names for a call that is not known by itself. The law has one for each selector, so the first rule will do. */
export const functionByRule = (node: CallNode, rules: readonly PolicyRule[]): AbiFunction | undefined => {
  const selector = selectorOf(node, false);
  return rules.flatMap(({ calls }) => calls ?? []).find((one) => one.function.selector === selector)?.function;
};

export const readCall = (node: CallNode, rules: readonly PolicyRule[]): JudgedCall => {
  const { content } = node;
  if (content.kind === 'known') return { node, content: { kind: 'decoded', values: content.values } };
  if (content.kind !== 'unknown') return { node, content };
  const named = functionByRule(node, rules);
  if (named === undefined) return { node, content };
  const decoded = decodeCall(named, getBytes(node.data));
  return { node, content: decoded.kind === 'decoded' ? decoded : { kind: 'refused', cause: decoded.cause } };
};

/** `*` is every address. It admits no creation, but it does deny one: a rule that denies everything means everything. */
export const hasDestination = ({ destinations, effect }: PolicyRule, { to }: Pick<CallNode, 'to'>): boolean =>
  to === ''
    ? destinations.includes('create') || (effect === 'deny' && destinations.includes('*'))
    : destinations.includes('*') || destinations.includes(to);

const named = (calls: readonly CallRule[] | undefined, selector: string | undefined): readonly CallRule[] =>
  calls?.filter((one) => one.function.selector === selector) ?? [];

/** Whether a deny rule for this destination denies the call: what is not canonical, every one denies. */
export const deniesCall = ({ selectors, calls }: PolicyRule, { node, content }: JudgedCall): boolean => {
  if (content.kind === 'refused') return true;
  const selector = selectorOf(node, true);
  if (selectors !== undefined) return selector !== undefined && selectors.includes(selector);
  if (calls === undefined) return true;
  const values = content.kind === 'decoded' ? content.values : undefined;
  return named(calls, selector).some(({ limits }) => values === undefined || hits(limits, values));
};

/** Why an allow rule does not admit this kind of call, in words; undefined where it does. */
export const callMiss = (rule: PolicyRule, { node, content }: JudgedCall): string | undefined => {
  const { selectors, calls, opaque = false, name } = rule;
  const otherCall = `the call is none of those that rule ${name} admits`;
  const selector = selectorOf(node, false);
  if (selectors !== undefined && (selector === undefined || !selectors.includes(selector))) return otherCall;
  if (calls !== undefined) {
    const values = content.kind === 'decoded' ? content.values : [];
    const found = named(calls, selector).map(({ limits }) => failing(limits, values));
    if (found.length === 0) return otherCall;
    const [first] = found;
    return found.includes(undefined) ? undefined : `${first} of rule ${name}`;
  }
  return content.kind === 'unknown' && !opaque
    ? `the call cannot be decoded, and rule ${name} does not admit opaque calls`
    : undefined;
};
