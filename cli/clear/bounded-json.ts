import { printable } from '#cli/app/output.ts';
import type { Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { doubledName } from '#schemas/json-text.ts';

/**
 * A descriptor is written by strangers, so it is read as data alone. Here it is bounded in size, depth and count before anything looks at it.
 * Each text must be one that a terminal shows as it is. So nothing in it can draw, hide, or pass for a quotation mark of ours.
 */
export const MAX_DESCRIPTOR_BYTES = 256 * 1024;
const MAX_DEPTH = 24;
const MAX_MEMBERS = 10_000;
const MAX_TEXT = 2000;

/** Names that every object has of itself. No descriptor needs them, and a reader that takes them for members can be led astray. */
const INHERITED = ['__proto__', 'prototype', 'constructor'];

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own members only: `toString` is none. */
export const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

export const invalid = (file: string, what: string, cause?: unknown): KeyturnError =>
  new KeyturnError('DESCRIPTOR_INVALID', `${file}: ${what}`, { field: file, cause });

const textProblem = (text: string): string | undefined => {
  if (text.length > MAX_TEXT) return `a text has more than ${MAX_TEXT} characters`;
  if (!text.isWellFormed()) return 'a text holds half a character';
  if (printable(text) !== text) return 'a text holds a letter that cannot be seen, or that draws';
  return /[“”]/.test(text) ? 'a text holds “ or ”, which mark whose words they are' : undefined;
};

interface Count {
  members: number;
}

/** The first thing that no descriptor may hold. Its work is bounded by depth and count. */
const problemIn = (value: Json, depth: number, count: Count): string | undefined => {
  count.members += 1;
  if (count.members > MAX_MEMBERS) return `holds more than ${MAX_MEMBERS} values`;
  if (depth > MAX_DEPTH) return `nests more than ${MAX_DEPTH} deep`;
  if (typeof value === 'string') return textProblem(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? undefined : 'a number is not a whole one that every reader reads alike';
  if (typeof value !== 'object' || value === null) return undefined;
  const names = Array.isArray(value) ? [] : Object.keys(value);
  const named = names.find((name) => INHERITED.includes(name));
  if (named !== undefined) return `a member is called ${named}`;
  for (const each of [...names, ...Object.values(value)]) {
    const problem = problemIn(each, depth + 1, count);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

/** The object that the bytes of a descriptor hold. Throws DESCRIPTOR_INVALID with the name of the file. */
export const descriptorJson = (bytes: Uint8Array, file: string): JsonObject => {
  if (bytes.length > MAX_DESCRIPTOR_BYTES) throw invalid(file, `is larger than ${MAX_DESCRIPTOR_BYTES} bytes`);
  let text: string;
  let value: Json;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'is not JSON in UTF-8', cause);
  }
  const problem = problemIn(value, 1, { members: 0 });
  if (problem !== undefined) throw invalid(file, problem);
  const doubled = doubledName(text);
  if (doubled !== undefined) throw invalid(file, `${printable(doubled.slice(0, 80))} stands twice`);
  if (!isObject(value)) throw invalid(file, 'is no JSON object');
  return value;
};
