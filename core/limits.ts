import { chainOf, horizonSeconds, type Law } from '#schemas/config.ts';
import type { Limits } from './register.ts';

/** The law's limits in ms, as the register rules take them. */
export const limitsOf = (law: Law): Limits => ({
  maxValidity: law.limits.maxValiditySeconds * 1000,
  slack: (horizonSeconds(law) - law.limits.maxValiditySeconds) * 1000,
  retention: law.register.lock === 'required' ? law.register.retentionSeconds * 1000 : undefined,
});

/** How many RPC urls must say the same about an outcome: two, or one where the law calls the chain's node trusted. */
export const agreementOf =
  (law: Law) =>
  (chainId: string): number =>
    chainOf(law, chainId)?.trusted === true ? 1 : 2;
