import { sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { readMessage } from './decide/intake.ts';
import { intakeProblem, type RequestProblem } from './request-rules.ts';

/** A request as it is published, and how it will be known: before anything is sent. */
export interface Prepared {
  readonly request: TransactionRequest;
  /** The bytes of the message: JSON, which is also what the topic's Avro schema reads, since all fields are strings. */
  readonly data: Uint8Array;
  readonly id: string;
  /** sha256 of `data`: a refusal is named by it. */
  readonly dataHash: string;
  /** What law, policy and clock have against it. */
  readonly problem: RequestProblem | undefined;
}

/**
 * What whoever asks does before publishing. It reads the bytes as intake will, so that both come to the same id. Throws what intake would refuse
 * the bytes with. `now`: ms.
 */
export const prepare = (
  request: TransactionRequest,
  { law, lawHash }: { readonly law: Law; readonly lawHash: string },
  now: number,
): Prepared => {
  const data = new TextEncoder().encode(JSON.stringify(request));
  const reading = readMessage({ data, messageId: '' }, law, lawHash);
  if (reading.kind === 'refused') {
    const { code, field, reason } = reading.refusal;
    throw new KeyturnError(code, reason, { field });
  }
  const { id } = reading.request;
  return { request, data, id, dataHash: sha256Hex(data), problem: intakeProblem(request, law, now) };
};
