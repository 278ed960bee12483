import { inEther } from '#cli/app/units.ts';
import type { AbiValue } from '#core/calls/decode.ts';
import { valueText } from '#core/settled/call-text.ts';
import { type AbiParameter, type AbiType, typeText } from '#schemas/abi.ts';
import type { FunctionWords } from './descriptor.ts';
import type { Field } from './fields.ts';
import { type Path, type Step, valuesAt } from './path.ts';
import { type DecodedCall, listText, requesters } from './values.ts';

/** A part of the arguments that has no parts of its own. */
interface Leaf {
  readonly name: string;
  readonly type: AbiType;
  readonly steps: readonly Step[];
}

const leavesOf = (type: AbiType, name: string, steps: readonly Step[]): readonly Leaf[] => {
  if (type.kind === 'array') return leavesOf(type.of, `${name}[]`, [...steps, { kind: 'each' }]);
  return type.kind === 'tuple' ? leavesIn(type.members, `${name}.`, steps) : [{ name, type, steps }];
};

const leavesIn = (members: readonly AbiParameter[], prefix: string, steps: readonly Step[]): readonly Leaf[] =>
  members.flatMap(({ name, type }, at) =>
    leavesOf(type, `${prefix}${name === '' ? `#${at + 1}` : name}`, [...steps, { kind: 'member', at }]),
  );

const isStep = (one: Step | undefined, other: Step | undefined): boolean =>
  one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other);

/** One element of an array covers that element alone. */
const covers = (path: Path, { steps }: Leaf): boolean =>
  path.kind === 'argument' &&
  path.steps.length <= steps.length &&
  path.steps.every((step, n) => isStep(step, steps[n])) &&
  (path.steps.length === steps.length || path.type.kind === 'tuple');

/** What a reader sees of the call by a field: its value, and the token or contract that goes with it. */
const pathsOf = ({ source, format, visible }: Field): readonly Path[] => {
  if (visible !== 'shown') return [];
  const beside = format.kind === 'tokenAmount' ? format.token : format.kind === 'calldata' ? format.callee : undefined;
  return [source, beside].filter((one): one is Path => one?.kind === 'argument' || one?.kind === 'container');
};

const MAX_TEXT = 200;

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

const leafText = ({ name, type, steps }: Leaf, values: readonly AbiValue[]): string => {
  const texts = listText(valuesAt(values, steps) ?? [], (value) => {
    const text = cut(valueText(value));
    return type.kind === 'string' ? requesters(text) : text;
  });
  return `${name} ${typeText(type)} = ${texts}`;
};

/** Each argument that no field shows, raw, and the ether that goes with the call where none names it. */
export const uncoveredIn = (words: FunctionWords, call: DecodedCall): readonly string[] => {
  const paths = words.fields.flatMap(pathsOf);
  const ether = paths.some((path) => path.kind === 'container' && path.name === 'value');
  return [
    ...leavesIn(words.function.inputs, '', [])
      .filter((leaf) => !paths.some((path) => covers(path, leaf)))
      .map((leaf) => leafText(leaf, call.values)),
    ...(call.value > 0n && !ether ? [`${inEther(call.value)} (${call.value} wei) that goes with the call`] : []),
  ];
};
