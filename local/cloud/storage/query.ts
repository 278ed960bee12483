import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Reply } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Preconditions } from './preconditions.ts';

export const PRECONDITIONS = [
  'ifGenerationMatch',
  'ifGenerationNotMatch',
  'ifMetagenerationMatch',
  'ifMetagenerationNotMatch',
] as const;

/** A non-negative int64 parameter; one beyond 2^53 names no generation that this store ever gives. Throws INVALID_ARGUMENT. */
export const intOf = (query: URLSearchParams, name: string): number | undefined => {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,19}$/.test(value))
    throw new CloudError('INVALID_ARGUMENT', `Invalid value '${value}' for parameter ${name}.`);
  return Number(value);
};

export const boolOf = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name);
  if (value === null) return undefined;
  // Python clients write True and False.
  if (!/^(?:true|false)$/i.test(value))
    throw new CloudError('INVALID_ARGUMENT', `Invalid value '${value}' for parameter ${name}.`);
  return value.toLowerCase() === 'true';
};

export const textOf = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined;

export const preconditionsOf = (query: URLSearchParams): Preconditions => ({
  ifGenerationMatch: intOf(query, 'ifGenerationMatch'),
  ifGenerationNotMatch: intOf(query, 'ifGenerationNotMatch'),
  ifMetagenerationMatch: intOf(query, 'ifMetagenerationMatch'),
  ifMetagenerationNotMatch: intOf(query, 'ifMetagenerationNotMatch'),
});

/** Waits as long as a planned delay of this call says, then answers. The store meets the call only after the wait. */
export const delayed = async (world: World, method: string, detail: string, answer: () => Reply): Promise<Reply> => {
  const ms = world.faults.delayFor(method, detail);
  if (ms > 0) await new Promise<void>((resolve) => world.clock.after(ms, resolve));
  return answer();
};

/** The address that the client reached us by, so that links in answers lead back here. */
export const baseOf = (host: string | undefined): string => `http://${host ?? 'localhost'}`;
