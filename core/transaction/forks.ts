import type { ForkName } from '#schemas/chain.ts';
import type { Fork } from '#schemas/gas-rules.ts';

/** ms. How long before its date a fork counts: what is signed before it may be mined after it. */
export const FORK_MARGIN_MS = 86_400_000;

/**
 * The forks whose schedule a transaction must satisfy that may be signed until `latest` (ms). A fork counts from a day before its date, and
 * from now on where it has none. Those before it go on counting. Nodes do not agree yet about what the newer one asks, and unused gas is
 * not paid. So what was admitted once is admitted until it is signed.
 */
export const forksUntil = (forks: readonly Fork[], latest: number): readonly ForkName[] =>
  forks.filter(({ at }) => at === undefined || at - FORK_MARGIN_MS <= latest).map(({ name }) => name);
