import { KeyturnError } from '#schemas/codes.ts';

/** USAGE, about an option by its long name without dashes. */
export const wrongOption = (option: string, why: string): KeyturnError =>
  new KeyturnError('USAGE', `--${option}: ${why}`, { field: option });
