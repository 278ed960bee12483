import { z } from 'zod';
import { httpStatusOf, textAt } from '#adapters/calls/error-facts.ts';
import { causesOf } from '#core/error-fields.ts';
import type { MachineState } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

export const operation = z.object({
  name: z.string().min(1),
  status: z.string(),
  error: z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().nullish() })) }).nullish(),
});
export type Operation = z.infer<typeof operation>;

/** The zone has no machine of this kind now, or we may have no more: another zone may do. */
const EXHAUSTED = /^(ZONE_)?RESOURCE_POOL_EXHAUSTED|^QUOTA_EXCEEDED|QUOTA_EXCEEDED$|^STOCKOUT/;

/** The same, told in words (https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-availability). */
const EXHAUSTED_WORDS =
  /RESOURCE_POOL_EXHAUSTED|STOCKOUT|quota .*exceeded|does not have enough resources|currently unavailable in the \S+ zone/i;

export const saysExhausted = (error: unknown): boolean =>
  [403, 429, 503].includes(httpStatusOf(error) ?? 0) &&
  causesOf(error).some((at) => EXHAUSTED_WORDS.test(textAt(at, 'message') ?? ''));

/** What the zone will say again, however often it is asked: it has no such machine, or nothing of that name. */
const INCURABLE = /^(INVALID_|UNSUPPORTED_|RESOURCE_NOT_FOUND)/;

const GONE = new Set([
  'STOPPING',
  'PENDING_STOP',
  'STOPPED',
  'TERMINATED',
  'SUSPENDING',
  'SUSPENDED',
  'DEPROVISIONING',
]);
export const machineStateOf = (status: string): MachineState => (GONE.has(status) ? 'stopped' : 'alive');

export const instance = z.object({
  name: z.string(),
  status: z.string(),
  creationTimestamp: z.string().transform((text) => Date.parse(text)),
});

/**
 * How the operation of an insert ended. Throws INVALID_ARGUMENT where another try in this zone cannot end otherwise, and UNAVAILABLE where it
 * can, with the codes.
 */
export const startedOf = (done: Operation, resource: string): 'started' | 'exists' | 'exhausted' => {
  const errors = done.error?.errors ?? [];
  const codes = errors.map(({ code }) => code);
  if (codes.length === 0) return 'started';
  if (errors.some(({ code, message }) => EXHAUSTED.test(code) || EXHAUSTED_WORDS.test(message ?? '')))
    return 'exhausted';
  if (codes.includes('RESOURCE_ALREADY_EXISTS')) return 'exists';
  const message = `compute: insert ${resource}: ${codes.join(', ')}`;
  if (codes.some((code) => INCURABLE.test(code))) throw new KeyturnError('INVALID_ARGUMENT', message);
  throw new KeyturnError('UNAVAILABLE', message);
};
