import type { AbiValue } from '#core/calls/decode.ts';
import type { AbiParameter, AbiType } from '#schemas/abi.ts';

/** What a path of a descriptor leads to: arguments of the call (`#.`, or no root), or what stands around them (`@.`). */
export type Step =
  | { readonly kind: 'member' | 'element'; readonly at: number }
  /** All elements of an array. */
  | { readonly kind: 'each' };

export interface ArgumentPath {
  readonly kind: 'argument';
  readonly steps: readonly Step[];
  /** Of what it leads to; of one element, where it leads to all of an array. */
  readonly type: AbiType;
}

export const CONTAINER = {
  from: { kind: 'address', dynamic: false, head: 32 },
  to: { kind: 'address', dynamic: false, head: 32 },
  value: { kind: 'uint', bits: 256, dynamic: false, head: 32 },
  chainId: { kind: 'uint', bits: 256, dynamic: false, head: 32 },
} as const satisfies Readonly<Record<string, AbiType>>;

export type ContainerName = keyof typeof CONTAINER;

export interface ContainerPath {
  readonly kind: 'container';
  readonly name: ContainerName;
  readonly type: AbiType;
}

export type Path = ArgumentPath | ContainerPath;

/** A path that ERC-7730 has, and the subset does not: the function that needs it is shown raw. */
export class OutsideSubset extends Error {}

/** Names, indices and slices in one path. */
const MAX_STEPS = 16;

const isContainerName = (text: string): text is ContainerName => Object.hasOwn(CONTAINER, text);

const member = (type: AbiType | readonly AbiParameter[], name: string): { at: number; type: AbiType } => {
  const members = Array.isArray(type) ? type : 'kind' in type && type.kind === 'tuple' ? type.members : [];
  const at = members.findIndex((one: AbiParameter) => one.name === name);
  const found: AbiParameter | undefined = members[at];
  if (name === '' || found === undefined) throw new RangeError(`no argument is called ${name.slice(0, 60)}`);
  return { at, type: found.type };
};

const elementOf = (type: AbiType | readonly AbiParameter[]): AbiType & { kind: 'array' } => {
  if ('kind' in type && type.kind === 'array') return type;
  throw new RangeError('an index stands behind what is no array');
};

const indexIn = (text: string, length: number | undefined): number => {
  const index = Number(text);
  if (length !== undefined && (index >= length || index < -length))
    throw new RangeError(`index ${text} lies outside its array`);
  return index;
};

const argumentPath = (text: string, inputs: readonly AbiParameter[]): ArgumentPath => {
  const steps: Step[] = [];
  let at: AbiType | readonly AbiParameter[] = inputs;
  const parts = text.split('.');
  if (parts.length > MAX_STEPS) throw new RangeError(`has more than ${MAX_STEPS} steps`);
  for (const part of parts) {
    const inside = part.startsWith('[') && part.endsWith(']') ? part.slice(1, -1) : undefined;
    if (inside === undefined) {
      const found = member(at, part);
      steps.push({ kind: 'member', at: found.at });
      at = found.type;
    } else if (inside.includes(':')) throw new OutsideSubset(`the path ${text} takes a slice`);
    else if (inside === '') {
      at = elementOf(at).of;
      steps.push({ kind: 'each' });
    } else if (/^-?(0|[1-9][0-9]{0,4})$/.test(inside)) {
      const array = elementOf(at);
      steps.push({ kind: 'element', at: indexIn(inside, array.length) });
      at = array.of;
    } else throw new RangeError('an index must be a whole number');
  }
  if (!('kind' in at)) throw new RangeError('leads to nothing');
  // A format of an array is the format of each of its elements.
  let type: AbiType = at;
  for (; type.kind === 'array'; type = type.of) steps.push({ kind: 'each' });
  return { kind: 'argument', steps, type };
};

/** Throws RangeError where the call has no such argument, and OutsideSubset. */
export const pathOf = (text: string, inputs: readonly AbiParameter[]): Path => {
  if (text.startsWith('$')) throw new RangeError(`${text.slice(0, 60)} is no argument of the call`);
  if (!text.startsWith('@.')) return argumentPath(text.startsWith('#.') ? text.slice(2) : text, inputs);
  const name = text.slice(2);
  if (!isContainerName(name)) throw new RangeError(`a call has no ${text.slice(0, 60)}`);
  return { kind: 'container', name, type: CONTAINER[name] };
};

/** All values that the steps lead to, in their order; undefined where an element that they name is not there. */
export const valuesAt = (value: AbiValue, [step, ...rest]: readonly Step[]): readonly AbiValue[] | undefined => {
  if (step === undefined) return [value];
  if (!Array.isArray(value)) return undefined;
  const list: readonly AbiValue[] = value;
  if (step.kind === 'each') {
    const all = list.map((one) => valuesAt(one, rest));
    return all.includes(undefined) ? undefined : all.flatMap((one) => one ?? []);
  }
  const one = list.at(step.at);
  return one === undefined ? undefined : valuesAt(one, rest);
};
