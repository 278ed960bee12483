import { FunctionFragment, type ParamType } from 'ethers';

/**
 * Solidity types as the contract ABI has them (https://docs.soliditylang.org/en/latest/abi-spec.html). `dynamic`: stands behind an offset.
 * `head`: bytes that it takes where it stands, 32 for an offset. No type takes 0 bytes, so the bytes of a call bound the work of reading it.
 */
export type AbiType = Readonly<
  { dynamic: boolean; head: number } & (
    | { kind: 'uint' | 'int'; bits: number }
    | { kind: 'address' | 'bool' | 'bytes' | 'string' }
    /** bytes1 to bytes32 */
    | { kind: 'fixedBytes'; size: number }
    /** `length` undefined: T[] */
    | { kind: 'array'; of: AbiType; length: number | undefined }
    | { kind: 'tuple'; members: readonly AbiParameter[] }
  )
>;

export interface AbiParameter {
  /** "" where the function text gives none. */
  readonly name: string;
  readonly type: AbiType;
}

export interface AbiFunction {
  /** name(types), the text that is hashed for the selector. */
  readonly signature: string;
  /** `0x` and 8 hex digits */
  readonly selector: string;
  readonly inputs: readonly AbiParameter[];
}

/** Arrays and tuples within one another. */
const MAX_DEPTH = 8;
/** Elements of a T[n]: more than the largest call can hold. */
const MAX_LENGTH = 4096;
const MAX_MEMBERS = 64;
const MAX_TEXT = 2000;

const refuse = (reason: string): never => {
  throw new RangeError(reason);
};

const sumOfHeads = (members: readonly AbiParameter[]): number => members.reduce((sum, { type }) => sum + type.head, 0);

const elementary = (text: string): AbiType => {
  const [, letters = '', digits] = /^([a-z]+)([0-9]*)$/.exec(text) ?? [];
  const size = Number(digits);
  switch (letters) {
    case 'uint':
    case 'int':
      return { kind: letters, bits: size, dynamic: false, head: 32 };
    case 'address':
    case 'bool':
      return { kind: letters, dynamic: false, head: 32 };
    case 'string':
      return { kind: letters, dynamic: true, head: 32 };
    case 'bytes':
      return digits === ''
        ? { kind: 'bytes', dynamic: true, head: 32 }
        : { kind: 'fixedBytes', size, dynamic: false, head: 32 };
    default:
      return refuse(`${text} is no type that is known here`);
  }
};

const parametersOf = (list: readonly ParamType[], depth: number): readonly AbiParameter[] => {
  if (list.length > MAX_MEMBERS) refuse(`more than ${MAX_MEMBERS} parameters beside one another`);
  const names = list.map(({ name }) => name).filter((name) => name !== '');
  if (new Set(names).size !== names.length) refuse('a parameter name stands twice');
  return list.map((one) => ({ name: one.name, type: typeOf(one, depth) }));
};

const typeOf = (param: ParamType, depth: number): AbiType => {
  if (depth > MAX_DEPTH) refuse(`arrays and tuples nest more than ${MAX_DEPTH} deep`);
  if (param.isArray()) {
    const of = typeOf(param.arrayChildren, depth + 1);
    if (param.arrayLength === -1) return { kind: 'array', of, length: undefined, dynamic: true, head: 32 };
    const length = param.arrayLength;
    if (length < 1 || length > MAX_LENGTH) refuse(`an array must have 1 to ${MAX_LENGTH} elements`);
    return { kind: 'array', of, length, dynamic: of.dynamic, head: of.dynamic ? 32 : length * of.head };
  }
  if (!param.isTuple()) return elementary(param.type);
  const members = parametersOf(param.components, depth + 1);
  if (members.length === 0) refuse('a tuple must have members');
  const dynamic = members.some(({ type }) => type.dynamic);
  return { kind: 'tuple', members, dynamic, head: dynamic ? 32 : sumOfHeads(members) };
};

const fragmentOf = (text: string): FunctionFragment => {
  try {
    return FunctionFragment.from(`function ${text}`);
  } catch {
    return refuse('must be a function as Solidity writes it: transfer(address to, uint256 amount)');
  }
};

/**
 * A function from its one spelling: `name(type name, type name)`, with full type names (uint256, not uint) and `(type name, …)` for a struct.
 * Types: bool, address, uintN, intN, bytesN, bytes, string, T[], T[n], tuples. Throws RangeError, in words for who wrote the law.
 */
export const abiFunction = (text: string): AbiFunction => {
  if (text.length > MAX_TEXT) refuse(`must not exceed ${MAX_TEXT} characters`);
  const fragment = fragmentOf(text);
  const inputs = parametersOf(fragment.inputs, 1);
  const spelling = `${fragment.name}(${fragment.inputs.map((one) => one.format('full')).join(', ')})`;
  if (spelling !== text) refuse(`must be written ${spelling}`);
  return { signature: fragment.format('sighash'), selector: fragment.selector, inputs };
};

/** A type as a signature spells it: uint256, bytes4, (address,uint256)[]. */
export const typeText = (type: AbiType): string => {
  switch (type.kind) {
    case 'uint':
    case 'int':
      return `${type.kind}${type.bits}`;
    case 'address':
    case 'bool':
    case 'bytes':
    case 'string':
      return type.kind;
    case 'fixedBytes':
      return `bytes${type.size}`;
    case 'array':
      return `${typeText(type.of)}[${type.length ?? ''}]`;
    case 'tuple':
      return `(${type.members.map((member) => typeText(member.type)).join(',')})`;
    /* v8 ignore next -- the compiler sees to it that no type is left @preserve */
    default:
      return type satisfies never;
  }
};
