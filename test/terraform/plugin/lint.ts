import { decode } from '@msgpack/msgpack';
import type { Block } from './schema.ts';

/** A value that Terraform does not know yet: it comes as a MessagePack extension. */
const UNKNOWN = Symbol('unknown');

/** A configuration as Terraform sends it. Throws RangeError where the bytes end too soon. */
export const decodeConfig = (bytes: Uint8Array): unknown =>
  decode(bytes, { useBigInt64: true, extensionCodec: { tryToEncode: () => null, decode: () => UNKNOWN } });

export type Path = readonly (string | number)[];
export interface Problem {
  readonly summary: string;
  readonly detail: string;
  readonly path: Path;
}

type Members = { readonly [key: string]: unknown };
const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const ofAttributes = (block: Block, value: Members, at: Path): Problem[] =>
  Object.entries(block.attributes).flatMap(([name, { computed, optional, required, values }]) => {
    const given = value[name];
    const path = [...at, name];
    if (given === undefined || given === null) return [];
    if (computed && !optional && !required)
      return [
        {
          summary: 'Value for unconfigurable attribute',
          detail: `${path.join('.')} is the provider's to decide.`,
          path,
        },
      ];
    if (typeof given === 'string' && given !== '' && values !== undefined && !values.includes(given))
      return [
        {
          summary: `expected ${name} to be one of ${values.join(', ')}, got ${given}`,
          detail: "The values that the provider's documentation lists.",
          path,
        },
      ];
    return [];
  });

/** What the real provider says at validation and the schema can still tell: output-only attributes that are set, values outside a list. */
export const lint = (block: Block, value: unknown, at: Path = []): readonly Problem[] => {
  if (!isMembers(value)) return [];
  const nested = Object.entries(block.block_types).flatMap(([name, { block: inner, nesting_mode: mode }]) => {
    const given = value[name];
    if (given === undefined || given === null || given === UNKNOWN) return [];
    if (!Array.isArray(given)) return lint(inner, given, [...at, name]);
    // An element of a set has no index: the problem is told at the block around it.
    return given.flatMap((element: unknown, index) => lint(inner, element, mode === 'set' ? at : [...at, name, index]));
  });
  return [...ofAttributes(block, value, at), ...nested];
};
