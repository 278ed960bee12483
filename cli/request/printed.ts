import { z } from 'zod';
import { canonicalText, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { digestOf, type SigningPayload, signingPayload } from '#schemas/digest.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';

/** What `--print` writes and `--file` reads back: a request, its id, and what its requester's wallet is asked to sign. */
export interface Printed {
  /** 64 hex digits, without 0x. */
  readonly id: string;
  readonly request: TransactionRequest;
  /** The second parameter of eth_signTypedData_v4. */
  readonly typedData: SigningPayload;
}

export const printedOf = (request: TransactionRequest, walletAddress: string, register: string): Printed => ({
  id: digestOf(request, walletAddress, register),
  request,
  typedData: signingPayload(request, walletAddress, register),
});

const printedSchema = z.strictObject({
  id: z.string(),
  request: z.unknown(),
  typedData: z.record(z.string(), z.unknown()),
});

/** What a printed file says. Only its request is a request; the rest is what somebody said of it, for `printedProblem`. */
export interface ReadPrinted {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly typedData: Readonly<Record<string, unknown>>;
}

export const isPrinted = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'request' in value && 'typedData' in value;

/** Throws MALFORMED, and what parseRequest throws. */
export const parsePrinted = (value: unknown): ReadPrinted => {
  const parsed = printedSchema.safeParse(value);
  if (!parsed.success)
    throw new KeyturnError('MALFORMED', 'a printed request has exactly the members id, request and typedData');
  return { ...parsed.data, request: parseRequest(parsed.data.request) };
};

/**
 * What of a printed file does not come out here: it is of another law, or somebody changed a part of it. Whoever signs its typed data would
 * sign another request than the one that is shown.
 */
export const printedProblem = ({ id, typedData }: ReadPrinted, made: Printed): string | undefined => {
  if (id !== made.id) return `it was printed with the id ${id.slice(0, 64)}, and under your law it is ${made.id}`;
  const same = canonicalText(typedData as Json) === canonicalText({ ...made.typedData } as unknown as Json);
  return same ? undefined : 'its typed data are those of another request';
};
