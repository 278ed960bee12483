/** How a request can end (docs/formats.md, "Facts"). */
export const OUTCOMES = [
  'finalized',
  'reverted',
  'replaced',
  'superseded',
  'rejected',
  'expired',
  'refused',
  'withdrawn',
  'failed',
] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];
/** Outcomes that the chain did not decide: each is first a close in the register, and frees the reference. */
export const CLOSED_OUTCOMES: readonly OutcomeKind[] = ['rejected', 'expired', 'refused', 'withdrawn', 'failed'];
