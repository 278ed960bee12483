import { horizonSeconds, type Law } from '#schemas/config.ts';

export interface Limits {
  /** ms */
  readonly maxValidity: number;
  /** ms of slack after validUntil within which a seal may be completed. */
  readonly slack: number;
  /** ms that the bucket keeps entries; undefined in an unlocked lab, where nothing is promised. */
  readonly retention: number | undefined;
}

/** The law's limits in ms, as the register rules take them. */
export const limitsOf = (law: Law): Limits => ({
  maxValidity: law.limits.maxValiditySeconds * 1000,
  slack: (horizonSeconds(law) - law.limits.maxValiditySeconds) * 1000,
  retention: law.register.lock === 'required' ? law.register.retentionSeconds * 1000 : undefined,
});
