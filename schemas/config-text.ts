import { KeyturnError } from './codes.ts';
import { type Config, parseConfig } from './config.ts';
import { doubledName } from './json-text.ts';

/**
 * The value of a configuration's text. `what` it is, or its path, begins each message. Throws CONFIG: it is no JSON, or a name stands twice in
 * it, and readers would differ about it.
 */
export const configValue = (text: string, what = 'the configuration'): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('CONFIG', `${what} is not JSON`, { field: 'config', cause });
  }
  const doubled = doubledName(text);
  if (doubled !== undefined)
    throw new KeyturnError('CONFIG', `${what}: ${doubled} stands twice: remove one of the two`, { field: 'config' });
  return value;
};

/** Both halves from the text of a file or an environment value; `what` it is as in `configValue`. Throws CONFIG. */
export const parseConfigText = (text: string, what?: string): Config => parseConfig(configValue(text, what));
