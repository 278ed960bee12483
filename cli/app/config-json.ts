import { KeyturnError } from '#schemas/codes.ts';
import { doubledName } from '#schemas/json-text.ts';

/** The value of a configuration file. Throws CONFIG: it is no JSON, or a name stands twice in it, and readers would differ about it. */
export const configJson = (text: string, path: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('CONFIG', `${path} is not JSON`, { field: 'config', cause });
  }
  const doubled = doubledName(text);
  if (doubled !== undefined)
    throw new KeyturnError('CONFIG', `${path}: ${doubled} stands twice: remove one of the two`, { field: 'config' });
  return value;
};
