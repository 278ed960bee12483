import { parse } from '@bufbuild/cel';
import { grantsOf } from '../grants-of.ts';
import type { Policy } from './finding.ts';

/** https://cloud.google.com/iam/quotas: logical operators (&&, ||, !) in one condition. */
const MOST_OPERATORS = 12;

const operatorsIn = (condition: string): number =>
  condition.replaceAll(/"(\\.|[^"\\])*"/g, '""').match(/&&|\|\||!(?!=)/g)?.length ?? 0;

/** IAM conditions see the object only where a call names one: under one that asks for a prefix, a bucket can never be listed. */
export const conditionsAreCel: Policy = ({ plan }) =>
  grantsOf(plan).flatMap(({ address, condition }) => {
    if (condition === undefined) return [];
    if (condition.length === 0) return [`${address}: an empty condition`];
    const operators = operatorsIn(condition);
    if (operators > MOST_OPERATORS)
      return [`${address}: the condition has ${operators} logical operators, ${MOST_OPERATORS} are allowed`];
    try {
      parse(condition);
      return [];
    } catch (error) {
      return [`${address}: the condition is not CEL: ${error instanceof Error ? error.message : ''}`];
    }
  });
