import { parse } from '@bufbuild/cel';
import { grantsOf } from '../grants-of.ts';
import type { Policy } from './finding.ts';

/** IAM conditions see the object only where a call names one: under one that asks for a prefix, a bucket can never be listed. */
export const conditionsAreCel: Policy = ({ plan }) =>
  grantsOf(plan).flatMap(({ address, condition }) => {
    if (condition === undefined) return [];
    if (condition.length === 0) return [`${address}: an empty condition`];
    try {
      parse(condition);
      return [];
    } catch (error) {
      return [`${address}: the condition is not CEL: ${error instanceof Error ? error.message : ''}`];
    }
  });
