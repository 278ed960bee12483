import { z } from 'zod';
import { CloudError, unimplemented } from './cloud-error.ts';

/**
 * A request body as `schema` (a strict object) reads it. A field that the schema does not know is refused by name as not implemented;
 * a known one with a wrong value is INVALID_ARGUMENT. `what` names the call, e.g. `kms: encrypt`.
 */
export const strictBody = <T>(schema: z.ZodType<T>, body: unknown, what: string): T => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const unknown = result.error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown?.code === 'unrecognized_keys') {
    const names = unknown.keys.map((key) => [...unknown.path, key].join('.')).join(', ');
    throw unimplemented(`${what}: field ${names}`);
  }
  const [issue] = result.error.issues;
  throw new CloudError('INVALID_ARGUMENT', `Invalid value at '${issue?.path.join('.')}': ${issue?.message}`);
};

/** Bytes as proto3 JSON writes them: standard or url-safe base64, with or without padding. */
export const base64Bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'not base64')
  .transform((text) => Buffer.from(text, 'base64'));

/** An int64 (or its wrapper) as proto3 JSON writes it: a decimal string, or a number. */
export const int64 = z.union([z.string().regex(/^-?\d{1,19}$/, 'not an int64'), z.number().int()]).transform(BigInt);
