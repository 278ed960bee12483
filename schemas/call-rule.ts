import { z } from 'zod';
import { type AbiFunction, type AbiParameter, type AbiType, abiFunction } from './abi.ts';
import { knownFunction } from './known-functions.ts';
import { address, data, exactly, type Spelling, spelled, uint256 } from './spellings.ts';

/** A step from arguments to one of them: which member, or every element of an array. */
export type Step = number | 'each';

export interface ArgumentLimit {
  /** As the law writes it: `to`, `payments[].amount`. */
  readonly argument: string;
  readonly steps: readonly Step[];
  /** The only values that are admitted; of a deny rule, those that are denied. */
  readonly in?: readonly string[] | undefined;
  /** Of a number: the most that it may be, whatever its sign. */
  readonly atMost?: string | undefined;
}

export interface CallRule {
  readonly function: AbiFunction;
  readonly limits: readonly ArgumentLimit[];
}

/** How a value of this type is written in `in`; undefined for arrays and structs, whose elements are named instead. */
const spellingOf = (type: AbiType): Spelling | undefined => {
  switch (type.kind) {
    case 'address':
      return address;
    case 'bool':
      return exactly('true', 'false');
    case 'uint':
      return (text) =>
        uint256(text) ?? (BigInt(text) < 2n ** BigInt(type.bits) ? undefined : `must fit uint${type.bits}`);
    case 'int':
      return (text) =>
        /^(0|-?[1-9][0-9]{0,77})$/.test(text) && BigInt.asIntN(type.bits, BigInt(text)) === BigInt(text)
          ? undefined
          : `must be a decimal integer that fits int${type.bits}`;
    case 'fixedBytes':
      return (text) => data(text) ?? (text.length === 2 + 2 * type.size ? undefined : `must hold ${type.size} bytes`);
    case 'bytes':
      return data;
    case 'string':
      return () => undefined;
    case 'array':
    case 'tuple':
      return undefined;
    /* v8 ignore next -- the compiler sees to it that no type is left @preserve */
    default:
      return type satisfies never;
  }
};

interface Place {
  readonly steps: readonly Step[];
  readonly type: AbiType;
}

/** One name, and how many arrays it goes into: `payments[]` is every payment. */
const descend = (members: readonly AbiParameter[], part: string): Place | undefined => {
  const [, name, brackets = ''] = /^([A-Za-z_$][A-Za-z0-9_$]*)((?:\[\])*)$/.exec(part) ?? [];
  const at = members.findIndex((one) => one.name === name);
  const member = members[at];
  if (name === undefined || member === undefined) return undefined;
  const steps: Step[] = [at];
  let { type } = member;
  for (let left = brackets.length / 2; left > 0; left--) {
    if (type.kind !== 'array') return undefined;
    steps.push('each');
    type = type.of;
  }
  return { steps, type };
};

const placeOf = ({ inputs }: AbiFunction, argument: string): Place | undefined => {
  let members = inputs;
  const steps: Step[] = [];
  let found: Place | undefined;
  for (const part of argument.split('.')) {
    if (found !== undefined && found.type.kind !== 'tuple') return undefined;
    if (found?.type.kind === 'tuple') members = found.type.members;
    found = descend(members, part);
    if (found === undefined) return undefined;
    steps.push(...found.steps);
  }
  return found === undefined ? undefined : { steps, type: found.type };
};

const limit = z
  .strictObject({
    argument: z.string().max(500),
    in: z.array(z.string().max(2000)).min(1).max(1000).optional(),
    atMost: spelled(uint256).optional(),
  })
  .refine((one) => (one.in === undefined) !== (one.atMost === undefined), 'must have either in or atMost');

type Issue = (path: readonly (string | number)[], message: string) => void;

const compiled = (one: z.infer<typeof limit>, n: number, declared: AbiFunction, issue: Issue): ArgumentLimit => {
  const at = ['limits', n];
  const place = placeOf(declared, one.argument);
  if (place === undefined) {
    issue(
      [...at, 'argument'],
      `${declared.signature} has no such argument; names are joined by ".", elements are "[]"`,
    );
    return { ...one, steps: [] };
  }
  const spelling = spellingOf(place.type);
  if (spelling === undefined) issue([...at, 'argument'], 'is an array or a struct: name its elements or members');
  if (one.atMost !== undefined && place.type.kind !== 'uint' && place.type.kind !== 'int')
    issue([...at, 'atMost'], 'is for numbers');
  one.in?.forEach((text, i) => {
    const problem = spelling?.(text);
    if (problem !== undefined) issue([...at, 'in', i], problem);
  });
  return { ...one, steps: place.steps };
};

const declaredBy = (text: string): AbiFunction | string => {
  try {
    return abiFunction(text);
  } catch (error) {
    return error instanceof RangeError ? error.message : 'is no function';
  }
};

/** A function that a rule is for, and limits of its arguments. */
export const callRule = z
  .strictObject({ function: z.string(), limits: z.array(limit).max(64).default([]) })
  .transform((given, context): CallRule => {
    const issue: Issue = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
    const declared = declaredBy(given.function);
    if (typeof declared === 'string') {
      issue(['function'], declared);
      return z.NEVER;
    }
    const known = knownFunction(declared.selector);
    if (known !== undefined && known.signature !== declared.signature)
      issue(['function'], `has the selector of ${known.signature}: nobody could tell them apart`);
    return { function: declared, limits: given.limits.map((one, n) => compiled(one, n, declared, issue)) };
  });
