import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { type Attributes, MOST_DELIVERIES, wasBuried } from '#schemas/dead-letters.ts';

/** What is known of the delivery that failed. */
export interface Delivery {
  /** From 1; undefined where the subscription has no dead letters. */
  readonly deliveryAttempt: number | undefined;
  readonly attributes: Attributes;
}

/**
 * Codes of the set-up and not of the message. They do not go away by themselves, but somebody fixes them. Rights spread for minutes after
 * an apply; a zone or a machine type is corrected. The message that waits meanwhile is a good one.
 */
const OF_THE_SETUP: ReadonlySet<Code> = new Set([
  'CONFIG',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'ATTESTATION_REFUSED',
  'INVALID_ARGUMENT',
  'REGISTER_UNLOCKED',
  'USAGE',
]);

/** Delivering the same message again must fail the same way. What is no error of ours may be anything, so it may also pass. */
const isHopeless = (error: unknown): boolean => isKeyturnError(error) && !error.retry && !OF_THE_SETUP.has(error.code);

/**
 * What becomes of a message at which a step failed. `retry`: Pub/Sub delivers it again. `bury`: it goes to the dead letters with its reason,
 * at once where trying again cannot help, else at the last delivery. Where there are no dead letters (ticks), and for what comes from
 * them, only Pub/Sub decides.
 */
export const classifyFailure = (error: unknown, { deliveryAttempt, attributes }: Delivery): 'retry' | 'bury' => {
  if (deliveryAttempt === undefined || wasBuried(attributes)) return 'retry';
  return isHopeless(error) || deliveryAttempt >= MOST_DELIVERIES ? 'bury' : 'retry';
};
