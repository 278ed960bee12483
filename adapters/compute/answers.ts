import { z } from 'zod';
import { httpStatusOf, textAt } from '#adapters/calls/error-facts.ts';
import { causesOf } from '#core/error-fields.ts';
import type { MachineState } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

export const operation = z.object({
  name: z.string().min(1),
  status: z.string(),
  error: z.object({ errors: z.array(z.object({ code: z.string() })) }).nullish(),
});
export type Operation = z.infer<typeof operation>;

/** The zone has no machine of this kind now, or we may have no more: another zone may do. */
const EXHAUSTED = /^(ZONE_)?RESOURCE_POOL_EXHAUSTED|^QUOTA_EXCEEDED|QUOTA_EXCEEDED$|^STOCKOUT/;
export const saysExhausted = (error: unknown): boolean =>
  [403, 429, 503].includes(httpStatusOf(error) ?? 0) &&
  causesOf(error).some((at) => /RESOURCE_POOL_EXHAUSTED|STOCKOUT|quota .*exceeded/i.test(textAt(at, 'message') ?? ''));

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

/** How the operation of an insert ended. Throws UNAVAILABLE with the codes of any end but these. */
export const startedOf = (done: Operation, resource: string): 'started' | 'exists' | 'exhausted' => {
  const codes = (done.error?.errors ?? []).map(({ code }) => code);
  if (codes.length === 0) return 'started';
  if (codes.some((code) => EXHAUSTED.test(code))) return 'exhausted';
  if (codes.includes('RESOURCE_ALREADY_EXISTS')) return 'exists';
  throw new KeyturnError('UNAVAILABLE', `compute: insert ${resource}: ${codes.join(', ')}`);
};
