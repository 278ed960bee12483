import { canonicalText, type Json } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { parseRequest, type RequestField, type TransactionRequest } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import type { PaymentFields } from './api.ts';

const HOUR_MS = 3_600_000;

const usage = (field: string, message: string): KeyturnError => new KeyturnError('USAGE', message, { field });

/** The wallet of this name, or the only one. Throws USAGE where there are several, UNKNOWN_WALLET. */
export const walletOf = (law: Law, given: string | undefined): Wallet => {
  const names = law.wallets.map(({ name }) => name).join(', ');
  const [only, ...others] = law.wallets;
  if (given === undefined) {
    if (only !== undefined && others.length === 0) return only;
    throw usage('wallet', `say which one of ${names}`);
  }
  const wallet = walletNamed(law, given);
  if (wallet === undefined)
    throw new KeyturnError('UNKNOWN_WALLET', `the law knows no wallet ${given}, only ${names}`, { field: 'wallet' });
  return wallet;
};

const chainIdOf = ({ name, chains }: Wallet, given: PaymentFields['chainId']): string => {
  const names = chains.map(({ chainId }) => chainId).join(', ');
  const [only, ...others] = chains;
  if (given !== undefined) {
    if (chains.some(({ chainId }) => chainId === `${given}`)) return `${given}`;
    throw new KeyturnError('UNKNOWN_CHAIN', `wallet ${name} has no chain ${given}, only ${names}`, {
      field: 'chainId',
    });
  }
  if (only !== undefined && others.length === 0) return only.chainId;
  throw usage('chainId', `say which one of ${names}`);
};

/** The wallet and the chain that fields name, or the only ones. Throws USAGE, UNKNOWN_WALLET, UNKNOWN_CHAIN. */
export const placeOf = (
  law: Law,
  { wallet, chainId }: Pick<PaymentFields, 'wallet' | 'chainId'>,
): { readonly wallet: Wallet; readonly chainId: string } => {
  const found = walletOf(law, wallet);
  return { wallet: found, chainId: chainIdOf(found, chainId) };
};

const amount = (value: bigint | number | undefined): string => (value === undefined ? '' : `${value}`);

/**
 * The request without its signature; gas and fees are "" where they were not given. Throws REFERENCE_MISSING: with a fresh reference at each try,
 * a second try would be a second payment. `now`: ms.
 */
export const draftOf = (
  law: Law,
  requester: string,
  fields: PaymentFields,
  now: number,
): Readonly<Record<RequestField, string>> => {
  if (typeof fields.reference !== 'string' || fields.reference === '')
    throw new KeyturnError('REFERENCE_MISSING', 'one payment, one reference, always: give the reference of this one', {
      field: 'reference',
    });
  const { wallet, chainId } = placeOf(law, fields);
  const { accessList = [] } = fields;
  return {
    wallet: wallet.name,
    chainId,
    type: `${fields.type ?? 2}`,
    to: fields.to ?? '',
    value: amount(fields.value ?? 0n),
    data: fields.data ?? '0x',
    accessList: accessList.length === 0 ? '' : canonicalText(accessList as unknown as Json),
    gasLimit: amount(fields.gasLimit),
    maxFeePerGas: amount(fields.maxFeePerGas),
    maxPriorityFeePerGas: amount(fields.maxPriorityFeePerGas),
    nonce: amount(fields.nonce),
    replaces: fields.replaces ?? '',
    validUntil: timeText(fields.validUntil?.getTime() ?? now + HOUR_MS),
    reference: fields.reference,
    memo: fields.memo ?? '',
    requester,
    requesterSignature: '',
  };
};

/** Whether it asks for the same payment. Fees, gas and time may differ: a later try has others. */
export const isSamePayment = (one: TransactionRequest, other: TransactionRequest): boolean =>
  (['wallet', 'chainId', 'to', 'value', 'data', 'requester', 'reference'] as const).every(
    (field) => one[field] === other[field],
  );

/** What is missing of gas and fees, as fields of the request. */
export const missingOf = (draft: Readonly<Record<RequestField, string>>): readonly RequestField[] =>
  (['gasLimit', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const).filter(
    (field) => draft[field] === '' && (field !== 'maxPriorityFeePerGas' || draft.type === '2'),
  );

/** A bad field is told before a node is asked about the request. Throws as `parseRequest`. */
export const checkGiven = (draft: Readonly<Record<RequestField, string>>): void => {
  const missing = missingOf(draft);
  const filled = Object.fromEntries(missing.map((field) => [field, '0']));
  // A tip without a ceiling yet is compared with itself.
  if (missing.includes('maxFeePerGas') && draft.maxPriorityFeePerGas !== '')
    filled.maxFeePerGas = draft.maxPriorityFeePerGas;
  parseRequest({ ...draft, ...filled });
};
