import type { AbiFunction } from '#schemas/abi.ts';
import type { Field } from './fields.ts';
import { pathOf } from './path.ts';

/** Texts of theirs, and places among the fields whose values stand between them. */
export type Interpolated = readonly (string | number)[];

const MAX_PLACES = 16;

/** A place must be one that its own field shows: else a sentence could name what no line does. */
const placeOf = (path: string, fields: readonly Field[], declared: AbiFunction): number => {
  const name = path.startsWith('#.') ? path.slice(2) : path;
  pathOf(name, declared.inputs);
  const at = fields.findIndex((field) => field.name === name && field.visible === 'shown');
  if (at === -1) throw new RangeError(`the sentence names ${path.slice(0, 60)}, which no field shows`);
  return at;
};

/**
 * The sentence in its parts. It is cut at its braces and nothing in it is run; `{{` and `}}` are braces themselves. Throws RangeError where a place
 * is none of the fields.
 */
export const interpolatedOf = (text: string, fields: readonly Field[], declared: AbiFunction): Interpolated => {
  const parts: (string | number)[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at++) {
    const [letter, next] = [text[at], text[at + 1]];
    if ((letter === '{' || letter === '}') && next === letter) {
      literal += letter;
      at++;
    } else if (letter === '{') {
      const end = text.indexOf('}', at);
      if (end === -1) throw new RangeError('the sentence opens a brace and does not close it');
      parts.push(literal, placeOf(text.slice(at + 1, end), fields, declared));
      literal = '';
      at = end;
    } else if (letter === '}') throw new RangeError('the sentence closes a brace that it did not open');
    else literal += letter;
  }
  parts.push(literal);
  if (parts.filter((part) => typeof part === 'number').length > MAX_PLACES)
    throw new RangeError(`the sentence names more than ${MAX_PLACES} values`);
  return parts.filter((part) => part !== '');
};
