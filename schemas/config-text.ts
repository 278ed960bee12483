import { KeyturnError } from './codes.ts';
import { type Config, parseConfig } from './config.ts';
import { doubledName } from './json-text.ts';

/** Both halves from the text of a file or an environment value. Throws CONFIG. */
export const parseConfigText = (text: string): Config => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('CONFIG', 'the configuration is not JSON', { cause });
  }
  const config = parseConfig(value);
  const doubled = doubledName(text);
  if (doubled !== undefined) throw new KeyturnError('CONFIG', `${doubled} stands twice: remove one of the two`);
  return config;
};
