import { z } from 'zod';
import { CloudError, unimplemented } from '#local/cloud/runtime/cloud-error.ts';

/**
 * Readers for proto3 messages in either wire form. One is the objects that grpc's loader makes: bytes as Buffer, durations as {seconds,
 * nanos}. The other is proto3 JSON: base64, "10s". Absent and default mean the same, as in proto3.
 */
export const text = z.string().default('');
export const textMap = z.record(z.string(), z.string()).default({});
export const textList = z.array(z.string()).default([]);
export const flag = z.boolean().default(false);

const wholeNumber = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);
export const int = wholeNumber.default(0);

/** ms. */
export const duration = z.union([
  z
    .string()
    .regex(/^-?\d{1,12}(\.\d{1,9})?s$/)
    .transform((value) => Math.round(Number(value.slice(0, -1)) * 1000)),
  z
    .strictObject({ seconds: int, nanos: z.number().int().default(0) })
    .transform(({ seconds, nanos }) => seconds * 1000 + Math.round(nanos / 1e6)),
]);

export const bytes = z
  .union([
    z.instanceof(Uint8Array),
    z.string().transform((value, context) => {
      const url = value.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
      const decoded = Buffer.from(url, 'base64url');
      if (decoded.toString('base64url') !== url) context.addIssue({ code: 'custom', message: 'is not base64' });
      return decoded;
    }),
  ])
  .default(new Uint8Array());

const camel = (path: string): string => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Field paths in camelCase. */
export const mask = z
  .union([
    z.string().transform((value) => value.split(',').filter((path) => path !== '')),
    z.strictObject({ paths: textList }).transform(({ paths }) => paths),
  ])
  .default([])
  .transform((paths) => paths.map(camel));

const NOT_HERE = 'not implemented';

const isDefault = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  value === '' ||
  value === 0 ||
  value === '0' ||
  (typeof value === 'string' && value.endsWith('_UNSPECIFIED')) ||
  // An empty object is a message that is there, which often means something; an empty list is not there.
  (Array.isArray(value) && value.length === 0);

/** A proto message: any field that is not in `shape` must be at its default, so that nothing asked for is ever ignored. */
export const message = <T extends z.ZodRawShape>(shape: T) =>
  z.object(shape).catchall(z.unknown().refine(isDefault, { message: NOT_HERE }));

const reasonOf = (issue: z.core.$ZodIssue | undefined): string =>
  issue?.code === 'invalid_union'
    ? (issue.errors.flat().find(({ code }) => code === 'custom')?.message ?? issue.message)
    : (issue?.message ?? '');

/** Throws UNIMPLEMENTED naming a field that this server does not honour, INVALID_ARGUMENT on any other bad shape. */
export const read = <T>(shape: z.ZodType<T>, raw: unknown): T => {
  const result = shape.safeParse(raw);
  if (result.success) return result.data;
  const unknown = result.error.issues.find((issue) => issue.message === NOT_HERE);
  if (unknown !== undefined) throw unimplemented(`the Pub/Sub request field ${unknown.path.join('.')}`);
  const [first] = result.error.issues;
  throw new CloudError('INVALID_ARGUMENT', `Invalid value at '${first?.path.join('.') ?? ''}': ${reasonOf(first)}`);
};
