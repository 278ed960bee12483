import { parseCount } from '#cli/app/units.ts';
import { KeyturnError } from '#schemas/codes.ts';

export interface Group {
  readonly threshold: number;
  readonly coSigners: number;
}

/** k of n from the command line. Throws USAGE. */
export const groupOf = (options: { readonly threshold: string; readonly coSigners: string }): Group => {
  const threshold = parseCount(options.threshold, '--threshold', 16);
  const coSigners = parseCount(options.coSigners, '--co-signers', 16);
  if (threshold < 1 || coSigners < threshold)
    throw new KeyturnError('USAGE', '--threshold must lie between 1 and --co-signers', { field: 'threshold' });
  return { threshold, coSigners };
};
