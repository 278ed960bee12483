import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Client, MinedTransaction, NodeHints, NodeReader, Payment, PaymentFields } from './api.ts';
import { isSamePayment } from './fields.ts';

/** All that is asked of a node on the way of one payment. */
export type PaymentNode<T extends MinedTransaction> = NodeHints & NodeReader<T>;

export type Transaction = Omit<PaymentFields, keyof Payment>;

/** For what a wallet of keyturn does not do. */
export const unsupported = (what: string): KeyturnError =>
  new KeyturnError('UNSUPPORTED', `${what}: a wallet of keyturn signs approved transactions, and nothing else`, {
    field: what,
  });

export const noReference = (): KeyturnError =>
  new KeyturnError('REFERENCE_MISSING', 'one payment, one reference, always: say which payment this is (forPayment)', {
    field: 'reference',
  });

/**
 * Asks for a payment, and waits until it is mined. Called again with the same reference, it waits for the request that has it, where that asks for
 * the same payment. Throws as `request` and `waitFor` do: REFERENCE_USED where it is another payment.
 */
export const pay = async <T extends MinedTransaction>(
  client: Client,
  node: PaymentNode<T>,
  { signal, ...payment }: Payment,
  transaction: Transaction,
): Promise<T> => {
  const mined = (asked: Parameters<Client['waitFor']>[0]) => client.waitFor(asked, { until: 'mined', node, signal });
  const asked = await client.request({ ...transaction, ...payment }, { node });
  try {
    return await mined(asked);
  } catch (error) {
    if (!isKeyturnError(error, 'REFERENCE_USED') || error.id === undefined || error.id === asked.id) throw error;
    const earlier = await client.status(error.id);
    if (earlier.stage === 'unknown' || !isSamePayment(earlier.request, asked.request)) throw error;
    return mined(earlier.id);
  }
};
