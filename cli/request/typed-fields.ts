import { getAddress } from 'ethers';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RequestField } from '#schemas/request.ts';

/** The option of `keyturn request` by which a person gives a field. */
const OPTIONS: Readonly<Partial<Record<RequestField, string>>> = {
  wallet: '--wallet',
  chainId: '--chain',
  type: '--type',
  to: '--to',
  value: '--value',
  data: '--data',
  gasLimit: '--gas-limit',
  maxFeePerGas: '--max-fee',
  maxPriorityFeePerGas: '--max-priority-fee',
  nonce: '--nonce',
  replaces: '--replaces',
  validUntil: '--valid-for',
  reference: '--reference',
  memo: '--memo',
  requester: '--requester',
};

const optionOf = (field: string): string | undefined => Object.entries(OPTIONS).find(([name]) => name === field)?.[1];

const usage = (field: RequestField, message: string) => new KeyturnError('USAGE', message, { field });

/** A field that was typed wrongly is a mistake of usage, told by the option and not by the field of the message. Others stay as they are. */
export const namingOption = (error: unknown): unknown => {
  if (!isKeyturnError(error, 'BAD_FIELD')) return error;
  const { field = '', message } = error;
  const option = optionOf(field);
  return option === undefined ? error : new KeyturnError('USAGE', `${option}: ${message}`, { field, cause: error });
};

/**
 * The destination, which must carry its EIP-55 checksum. One without is told with it, for a person to compare: to add it unseen would let a
 * mistyped digit through. Anything that is no address stays as it is, for the parser to refuse. Throws USAGE.
 */
export const typedAddress = (text: string): string => {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return text;
  const digits = text.slice(2);
  const checksummed = getAddress(text.toLowerCase());
  if (text === checksummed) return text;
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase())
    throw usage('to', `--to: has no checksum. With its checksum it is ${checksummed}: compare it, then use that`);
  throw usage('to', '--to: its checksum is wrong. Is a digit mistyped?');
};

/** Call data in the one spelling that a request has. Throws USAGE. */
export const typedData = (text: string): string => {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) throw usage('data', '--data: must be 0x and an even number of hex digits');
  return text.toLowerCase();
};

/** The id of what is replaced, whole, as other tools show it too. Anything else stays as it is, for the parser to refuse. */
export const typedReplaces = (text: string): string =>
  /^(?:0[xX])?[0-9a-fA-F]{64}$/.test(text) ? text.slice(-64).toLowerCase() : text;
