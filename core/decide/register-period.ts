const DAY_MS = 86_400_000;
/** An approval must be got and a machine run, or a bucket's owner found: people are away for two weeks. */
const MIN_MARGIN_MS = 14 * DAY_MS;

/** ms before the end: two weeks, or a tenth of a long period. It is at most half of the period. */
const marginOf = (retention: number): number => Math.min(Math.max(MIN_MARGIN_MS, retention / 10), retention / 2);

export type RegisterPeriod =
  | { readonly kind: 'fine' }
  /** ms: from then on the newest seal can be deleted, and with it the proof of which nonces are used. */
  | { readonly kind: 'near'; readonly deletableAt: number };

/**
 * Whether the retention of a register log's newest seal with a nonce of its own ends soon. All times in ms; `newestSealAt` is when Cloud
 * Storage created it, undefined where the wallet never sealed.
 */
export const decideRegisterPeriod = (
  newestSealAt: number | undefined,
  retention: number,
  now: number,
): RegisterPeriod => {
  if (newestSealAt === undefined) return { kind: 'fine' };
  const deletableAt = newestSealAt + retention;
  return now < deletableAt - marginOf(retention) ? { kind: 'fine' } : { kind: 'near', deletableAt };
};
