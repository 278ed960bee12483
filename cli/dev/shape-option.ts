import type { NodeChoice } from '#local/lab/node.ts';
import type { Shape } from '#local/lab/plan-file.ts';
import { groupOfShape } from '#local/lab/shapes.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Group, groupOf } from './group-option.ts';

/** k of n from the command line, or from the example where that names its co-signers. Throws USAGE. */
export const groupIn = (shape: Shape, options: { readonly threshold?: string; readonly coSigners?: string }): Group => {
  const { threshold, coSigners } = options;
  const given = groupOfShape(shape);
  if (given === undefined) return groupOf({ threshold: threshold ?? '2', coSigners: coSigners ?? '2' });
  if (threshold !== undefined || coSigners !== undefined)
    throw new KeyturnError(
      'USAGE',
      `--shape ${shape} is ${given.threshold} of ${given.coSigners}: leave out --threshold and --co-signers`,
      { field: 'shape' },
    );
  return given;
};

/** The split example counts what the node calls finalized, and anvil calls only a block with two above it so. Throws USAGE. */
export const checkFinal = (shape: Shape, { kind }: NodeChoice, blockTime: number): void => {
  if (shape === 'split' && kind === 'anvil' && blockTime === 0)
    throw new KeyturnError(
      'USAGE',
      '--block-time 0: with --shape split nothing would become final on anvil; take --node ganache or hardhat, or a block time',
      { field: 'block-time' },
    );
};
