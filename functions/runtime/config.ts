import { KeyturnError } from '#schemas/codes.ts';
import type { Config } from '#schemas/config.ts';
import { parseConfigText } from '#schemas/config-text.ts';

/** The one environment value that functions need. They read OTEL_* besides, where terraform/ is told of a collector. Throws CONFIG. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): Config => {
  const text = environment.KEYTURN_CONFIG;
  if (text === undefined || text === '')
    throw new KeyturnError('CONFIG', 'KEYTURN_CONFIG is not set: it holds keyturn.json');
  return parseConfigText(text, 'KEYTURN_CONFIG');
};
