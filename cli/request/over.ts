import type { OutcomeKind } from '#schemas/facts.ts';

/** Why nothing can be done about a request that is over, for who wants to take it back. */
export const overWords = (outcome: OutcomeKind): string =>
  outcome === 'finalized' || outcome === 'reverted'
    ? `it is ${outcome}: it is mined, and nothing can take it back`
    : `it is ${outcome} already`;
