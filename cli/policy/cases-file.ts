import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { configValue } from '#schemas/config-text.ts';
import { parseRequest, REQUEST_FIELDS, type TransactionRequest } from '#schemas/request.ts';
import { isSigner } from '#schemas/spellings.ts';

/** What somebody who wrote the law meant by it, kept beside the law. */
export const CASES_FILE = 'policy-cases.json';

const fields = z.partialRecord(z.enum(REQUEST_FIELDS), z.string());

const allowed = z.strictObject({ rule: z.string(), approvals: z.number().int().min(1) }).readonly();
const denied = z
  .strictObject({ rule: z.string(), code: z.enum(['POLICY_DENIED', 'NONCE_REQUIRED', 'BAD_SIGNATURE']) })
  .readonly();

const expected = z
  .strictObject({ allowed: allowed.optional(), denied: denied.optional() })
  .refine((one) => (one.allowed === undefined) !== (one.denied === undefined), 'must have either allowed or denied')
  .readonly();

const oneCase = z.strictObject({
  name: z.string().min(1).max(200),
  /** The request that `request` changes; without it, `request` is whole. */
  base: z.string().optional(),
  request: fields.default({}),
  /** The requester is taken to have signed it. */
  signed: z.boolean().default(false),
  expect: expected,
});

const schema = z.strictObject({
  version: z.literal(1),
  bases: z.record(z.string(), fields).default({}),
  cases: z.array(oneCase).min(1).max(10_000),
});

export interface PolicyCase {
  readonly name: string;
  readonly request: TransactionRequest;
  readonly signed: boolean;
  readonly expect: z.infer<typeof expected>;
}

/** Which case an issue lies in: by its name, where it has one. */
const placeOf = (value: unknown, [first, n, ...rest]: readonly PropertyKey[]): string => {
  if (first !== 'cases' || typeof n !== 'number')
    return [first, n, ...rest].filter((one) => one !== undefined).join('.');
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'cases') : undefined;
  const one: unknown = Array.isArray(list) ? list[n] : undefined;
  const name: unknown = typeof one === 'object' && one !== null ? Reflect.get(one, 'name') : undefined;
  const where = typeof name === 'string' ? `case ${JSON.stringify(name.slice(0, 200))}` : `case ${n + 1}`;
  return [where, rest.join('.')].filter((part) => part !== '').join(': ');
};

const refuse = (path: string, lines: readonly string[], cause?: unknown): never => {
  throw new KeyturnError('CONFIG', [`${path} holds no cases of a policy`, ...lines].join('\n'), {
    field: 'cases',
    cause,
  });
};

/** The cases of a file's text. Throws CONFIG, which names the case and the field. */
export const parseCases = (text: string, path: string): readonly PolicyCase[] => {
  const value = configValue(text, path);
  const found = schema.safeParse(value);
  if (!found.success)
    return refuse(
      path,
      found.error.issues.map(({ path: at, message }) => `${placeOf(value, at)}: ${message}`),
    );
  const { bases, cases } = found.data;
  const names = cases.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) return refuse(path, [`case ${JSON.stringify(twice)}: the name stands twice`]);
  return cases.map(({ name, base, request: changes, signed, expect }): PolicyCase => {
    const at = `case ${JSON.stringify(name)}`;
    const start = base === undefined ? {} : Object.hasOwn(bases, base) ? bases[base] : undefined;
    if (start === undefined) return refuse(path, [`${at}: base: there is no base ${base}`]);
    try {
      const request = parseRequest({ ...start, ...changes });
      if (signed && !isSigner(request.requester))
        return refuse(path, [`${at}: signed: only a requester that is an address can sign`]);
      return Object.freeze({ name, request, signed, expect });
    } catch (error) {
      if (!isKeyturnError(error) || error.code === 'CONFIG') throw error;
      return refuse(path, [`${at}: request.${error.field ?? ''}: ${error.message}`], error);
    }
  });
};

export const casesBeside = (lawPath: string): string => join(dirname(lawPath), CASES_FILE);

/** Undefined where there is no such file. Throws CONFIG, and NOT_FOUND where it is there and cannot be read. */
export const readCases = async (path: string): Promise<readonly PolicyCase[] | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT') return undefined;
    throw new KeyturnError('NOT_FOUND', `${path} cannot be read`, { field: 'cases', cause });
  }
  return parseCases(text, path);
};
