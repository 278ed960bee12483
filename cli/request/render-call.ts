import { getBytes } from 'ethers';
import { bad, type Line, warn } from '#cli/app/output.ts';
import type { AbiFile } from '#cli/clear/abi-file.ts';
import type { PinnedDescriptors } from '#cli/clear/pinned.ts';
import type { ClearReading, TheirWords } from '#cli/clear/reading.ts';
import { listText, requesters, theirs } from '#cli/clear/values.ts';
import { type CallNode, causeText } from '#core/calls/call-tree.ts';
import { decodeCall } from '#core/calls/decode.ts';
import { functionByRule } from '#core/policy-call.ts';
import { told as callTold } from '#core/settled/call-text.ts';
import type { AbiFunction } from '#schemas/abi.ts';
import type { PolicyRule } from '#schemas/policy.ts';
import type { Source } from './told.ts';

/** Who says which function the data call. All of them name the same selector, so they can differ in names alone. */
export interface Declared {
  readonly function: AbiFunction;
  readonly by: string;
  readonly source: Source;
}

export interface Declarations {
  readonly rules: readonly PolicyRule[];
  readonly pinned: PinnedDescriptors;
  readonly abi: AbiFile | undefined;
}

/** The most trusted first: what every law knows, a rule, a pinned file, a file of the reader's own. */
export const declaredFor = (node: CallNode, { rules, pinned, abi }: Declarations): Declared | undefined => {
  if (node.content.kind === 'known')
    return { function: node.content.function, by: 'as keyturn knows it', source: 'keyturn' };
  if (node.content.kind !== 'unknown') return undefined;
  const byRule = functionByRule(node, rules);
  if (byRule !== undefined) return { function: byRule, by: 'as a rule of your law names it', source: 'keyturn' };
  const selector = node.data.slice(0, 10);
  const pin = pinned.get(node.to);
  const words = pin?.kind === 'descriptor' ? pin.descriptor.functions.get(selector) : undefined;
  if (words !== undefined && pin?.kind === 'descriptor')
    return {
      function: words.function,
      by: `as ${pin.descriptor.file} names it, which your law pins`,
      source: 'descriptor',
    };
  const byFile = abi?.functions.get(selector);
  return byFile === undefined || abi === undefined
    ? undefined
    : { function: byFile, by: `as ${abi.name} names it, which your law does not know`, source: 'abi' };
};

/** Of one argument; all of it stands in the raw data. */
const MAX_TEXT = 260;

const argumentLine = (name: string, type: string, value: string): Line => {
  const cut = value.slice(0, MAX_TEXT);
  // Marked once it is cut: what comes after the closing mark is ours.
  const text = type === 'string' ? requesters(cut) : cut;
  const more = cut === value ? '' : `… (${value.length} characters, all in the data below)`;
  return `  ${name === '' ? '' : `${name} `}${type} = ${text}${more}`;
};

/** Contract and function with all arguments. */
export const callDetail = (node: CallNode, declared: Declared | undefined): readonly Line[] => {
  if (node.to === '' || node.data === '0x') return [];
  if (node.content.kind === 'refused')
    return [node.to, bad(`it ${causeText(node.content.cause)}: its arguments are not told`)];
  if (declared === undefined) return [node.to, warn('nobody names its function: its data stand below, raw')];
  const decoded = decodeCall(declared.function, getBytes(node.data));
  if (decoded.kind !== 'decoded') return [node.to, bad(`it ${causeText(decoded.cause)}: its arguments are not told`)];
  const { signature, arguments: all } = callTold(declared.function, decoded.values);
  const left = declared.function.inputs.length - all.length;
  return [
    node.to,
    `${signature}, ${declared.by}`,
    ...all.map(({ name, type, value }) => argumentLine(name, type, value)),
    ...(left > 0 ? [warn(`  and ${left} more, all in the data below`)] : []),
  ];
};

const placeText = (place: string): string => (place === '' ? '' : `${place.replace(/>$/, '')}. `);

const wordLines = ({ place, intent, lines, uncovered, owner, contractName, file }: TheirWords): readonly Line[] => {
  const whose = contractName === '' ? theirs(owner) : `${theirs(contractName)} of ${theirs(owner)}`;
  return [
    `${placeText(place)}${intent === '' ? 'no intent' : intent}`,
    `  words of ${file}, pinned by your law, for ${whose}`,
    ...lines.map(
      ({ label, values }): Line =>
        `  ${theirs(label)}: ${listText(values, (value) => value, ', all in the data below')}`,
    ),
    ...uncovered.map((what) => warn(`  NOT IN THEIR WORDS: ${what}`)),
  ];
};

/** What pinned descriptors say. Of one that stops everything nothing is said here. */
export const descriptorLines = ({ words, unsaid }: ClearReading): readonly Line[] => [
  ...words.flatMap(wordLines),
  ...unsaid.map(({ place, file, why }) =>
    warn(`${placeText(place)}NO WORDS${file === '' ? '' : ` in ${file}`}: ${why}`),
  ),
];
