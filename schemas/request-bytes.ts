import { KeyturnError } from './codes.ts';
import { doubledName } from './json-text.ts';
import { parseRequest, type TransactionRequest } from './request.ts';

/** Bytes of one message, before it is parsed. A contract creation of the largest legal init code (48 KiB, EIP-3860) fits. */
export const LARGEST_MESSAGE = 128 * 1024;

/** A request from the raw bytes of a message. Throws what parseRequest does, and TOO_LARGE. */
export const parseRequestBytes = (bytes: Uint8Array): TransactionRequest => {
  if (bytes.length > LARGEST_MESSAGE) throw new KeyturnError('TOO_LARGE', `the message has ${bytes.length} bytes`);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new KeyturnError('MALFORMED', 'the message is not JSON in UTF-8', { cause });
  }
  const request = parseRequest(value);
  if (doubledName(text) !== undefined) throw new KeyturnError('MALFORMED', 'a name stands twice in the message');
  return request;
};
