import { canonicalText } from './canonical.ts';
import { type Code, KeyturnError } from './codes.ts';
import { REQUEST_FIELDS, type RequestField } from './request-fields.ts';
import {
  address,
  data,
  either,
  exactly,
  hex64,
  name,
  type Spelling,
  signature,
  time,
  timeMs,
  token,
  uint64,
  uint256,
} from './spellings.ts';

export { REQUEST_FIELDS, type RequestField } from './request-fields.ts';

/**
 * What a dApp asks for, as it sent it: all strings, each in its one spelling. wei in value, maxFeePerGas and maxPriorityFeePerGas.
 * Only `parseRequest` makes one.
 */
export type TransactionRequest = Readonly<Record<RequestField, string>>;

/** ms. The parser admits real instants only; anything else, from wherever it came, is long past. */
export const validUntilMs = ({ validUntil }: TransactionRequest): number => timeMs(validUntil) ?? 0;

const LARGEST_INIT_CODE = 49_152;

const empty = exactly('');

const memo: Spelling = (text) => {
  if (Buffer.byteLength(text) > 1024) return 'must not exceed 1024 bytes';
  // Control and direction-changing characters would let a sender draw a false picture on a co-signer's terminal.
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text) ? 'must not hold control or formatting characters' : undefined;
};

const accessList: Spelling = (text) => {
  if (text === '') return undefined;
  const wrong = 'must be "" or canonical JSON [{"address":…,"storageKeys":[…]}]';
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list) || list.length === 0 || list.length > 256) return wrong;
    for (const entry of list) {
      const keys = Object.keys(entry).sort().join();
      if (keys !== 'address,storageKeys' || typeof entry.address !== 'string' || !Array.isArray(entry.storageKeys))
        return wrong;
      if (address(entry.address) !== undefined) return `${wrong}; an address ${address(entry.address)}`;
      if (!entry.storageKeys.every((key: unknown) => typeof key === 'string' && /^0x[0-9a-f]{64}$/.test(key)))
        return wrong;
    }
    return canonicalText(list) === text ? undefined : wrong;
  } catch {
    return wrong;
  }
};

const SPELLINGS: Readonly<Record<RequestField, Spelling>> = {
  wallet: name,
  chainId: uint64,
  type: exactly('2', '0', '1'),
  to: either(address, empty),
  value: uint256,
  data,
  accessList,
  gasLimit: uint64,
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: either(uint256, empty),
  nonce: either(uint64, empty),
  replaces: either(hex64, exactly('', 'foreign')),
  validUntil: time,
  reference: token,
  memo,
  requester: token,
  requesterSignature: either(signature, empty),
};

const refuse = (code: Code, field: string, message: string): never => {
  throw new KeyturnError(code, message, { field });
};

/** Rules that concern two fields at once. */
const checkTogether = (request: TransactionRequest): void => {
  if (request.type === '2') {
    if (request.maxPriorityFeePerGas === '')
      refuse('BAD_FIELD', 'maxPriorityFeePerGas', 'must be a number for type "2"');
    if (BigInt(request.maxPriorityFeePerGas) > BigInt(request.maxFeePerGas))
      refuse('BAD_FIELD', 'maxPriorityFeePerGas', 'must not exceed maxFeePerGas (EIP-1559)');
  } else if (request.maxPriorityFeePerGas !== '')
    refuse('BAD_FIELD', 'maxPriorityFeePerGas', 'must be "" for types "0" and "1": their gas price is maxFeePerGas');
  if (request.type === '0' && request.accessList !== '') refuse('BAD_FIELD', 'accessList', 'must be "" for type "0"');
  if (request.replaces !== '' && request.nonce === '') refuse('BAD_FIELD', 'nonce', 'must be given where replaces is');
  if (request.to === '' && request.data === '0x')
    refuse('BAD_FIELD', 'data', 'must hold init code where to is "" (contract creation)');
  if (request.to === '' && request.data.length > 2 + 2 * LARGEST_INIT_CODE)
    refuse('BAD_FIELD', 'data', `must not exceed ${LARGEST_INIT_CODE} bytes of init code (EIP-3860)`);
};

/**
 * A transaction request from any decoded JSON value. Unknown and missing fields are refused, and so is every spelling but the canonical one.
 * Throws KeyturnError MALFORMED, UNKNOWN_FIELD, MISSING_FIELD or BAD_FIELD with the field's name.
 */
export const parseRequest = (value: unknown): TransactionRequest => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new KeyturnError('MALFORMED', 'the request is not a JSON object');
  const given = new Map<string, unknown>(Object.entries(value));
  for (const field of given.keys())
    if (!(REQUEST_FIELDS as readonly string[]).includes(field))
      refuse('UNKNOWN_FIELD', field.slice(0, 64), 'is not a field of a request');
  const fields = REQUEST_FIELDS.map((field) => {
    const text = given.get(field);
    if (text === undefined) return refuse('MISSING_FIELD', field, 'is missing');
    if (typeof text !== 'string') return refuse('BAD_FIELD', field, 'must be a string');
    const problem = SPELLINGS[field](text);
    if (problem !== undefined) return refuse('BAD_FIELD', field, problem);
    return [field, text] as const;
  });
  const request = Object.freeze(Object.fromEntries(fields)) as TransactionRequest;
  checkTogether(request);
  return request;
};
