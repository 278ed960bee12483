import { getBytes } from 'ethers';
import type { CallNode } from '#core/calls/call-tree.ts';
import { type AbiValue, decodeCall } from '#core/calls/decode.ts';
import { selectorOf } from '#core/policy-call.ts';
import { type AbiFunction, typeText } from '#schemas/abi.ts';
import type { PolicyRule } from '#schemas/policy.ts';

/** A call as it is told: each argument by name, Solidity type and value. */
export interface CallText {
  /** name(types), the text that is hashed for the selector. */
  readonly signature: string;
  readonly arguments: readonly { readonly name: string; readonly type: string; readonly value: string }[];
}

const MAX_VALUE_CHARS = 4096;
const MAX_ARGUMENTS = 64;

const plain = (value: AbiValue): unknown =>
  Array.isArray(value) ? value.map(plain) : typeof value === 'bigint' ? value.toString() : value;

/** A value in words: numbers in decimal, addresses in EIP-55, bytes as hex; arrays and structs as JSON, with numbers as texts. Cut where it is too long. */
export const valueText = (value: AbiValue): string => {
  const text = Array.isArray(value) ? JSON.stringify(plain(value)) : String(value);
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
};

/** A decoded call as it is told, whoever declared the function. */
export const told = (declared: AbiFunction, values: readonly AbiValue[]): CallText => ({
  signature: declared.signature,
  arguments: declared.inputs
    .slice(0, MAX_ARGUMENTS)
    .map(({ name, type }, n) => ({ name, type: typeText(type), value: valueText(values[n] ?? '') })),
});

/**
 * The outermost call in words: by a function that is known, or that a rule of the wallet names. Undefined where nothing decodes it, or its
 * data are not the one canonical encoding of any arguments.
 */
export const callText = (node: CallNode, rules: readonly PolicyRule[]): CallText | undefined => {
  const { content } = node;
  if (content.kind === 'known') return told(content.function, content.values);
  if (content.kind !== 'unknown') return undefined;
  const selector = selectorOf(node, false);
  const named = rules.flatMap(({ calls }) => calls ?? []).find((each) => each.function.selector === selector);
  if (named === undefined) return undefined;
  const decoded = decodeCall(named.function, getBytes(node.data));
  return decoded.kind === 'decoded' ? told(named.function, decoded.values) : undefined;
};
