import { horizonSeconds, type Law } from '#schemas/config.ts';
import type { Limits } from './rules.ts';

/** The law's limits in ms, as the register rules take them. */
export const limitsOf = (law: Law): Limits => ({
  maxValidity: law.limits.maxValiditySeconds * 1000,
  slack: (horizonSeconds(law) - law.limits.maxValiditySeconds) * 1000,
  retention: law.register.lock === 'required' ? law.register.retentionSeconds * 1000 : undefined,
});
