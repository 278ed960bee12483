import { isKeyturnError } from '#schemas/codes.ts';
import type { LogFields } from './ports.ts';

/** What lies at this path of a foreign error; undefined where there is nothing of the kind. */
export const member = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    value,
  );

/** An error and its causes, outermost first. Bounded, since a cause may be anything. */
export const causesOf = (error: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 6; at = member(at, 'cause')) chain.push(at);
  return chain;
};

/**
 * Log fields of an error: its code, its message, and the codes below it. What is no KeyturnError is a bug of ours, `BUG` with its name: adapters
 * throw nothing else. Never a stack or a foreign message: those may carry payloads (ethers writes the whole transaction into its messages,
 * gaxios the request).
 */
export const errorFields = (error: unknown): LogFields => {
  const causes = causesOf(error)
    .slice(1)
    .map((cause) => member(cause, 'code') ?? member(cause, 'name') ?? 'Error')
    .map(String)
    .filter((word) => /^[\w.-]{1,40}$/.test(word));
  const below = causes.length > 0 ? { causes: causes.join(' < ') } : {};
  if (isKeyturnError(error)) return { code: error.code, reason: error.message, field: error.field, ...below };
  const name = member(error, 'name');
  return { code: 'BUG', reason: typeof name === 'string' ? name : 'not an Error', ...below };
};
