import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';
import { withChecksum } from '#schemas/spellings.ts';
import type { AccessList, Client, MinedTransaction, Payment } from './api.ts';
import { noReference, type PaymentNode, pay, type Transaction, unsupported } from './pay.ts';

/** EIP-1193, as far as it is used. */
export interface Eip1193 {
  request(call: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}

const hex = z.string().regex(/^0x([0-9a-fA-F]{2})*$/);
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt);
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(withChecksum);
const optional = <T>(schema: z.ZodType<T>) => schema.nullish().transform((value) => value ?? undefined);

/** https://ethereum.github.io/execution-apis/#eth_sendTransaction */
const fields = z.object({
  from: optional(address),
  to: optional(address),
  value: optional(quantity),
  data: optional(hex),
  input: optional(hex),
  gas: optional(quantity),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  maxPriorityFeePerGas: optional(quantity),
  nonce: optional(quantity),
  type: optional(quantity),
  chainId: optional(quantity),
  accessList: optional(z.array(z.object({ address, storageKeys: z.array(hex) })).transform((list): AccessList => list)),
  blobs: z.undefined().optional(),
  blobVersionedHashes: z.undefined().optional(),
  authorizationList: z.undefined().optional(),
});

/** One call under two names. Of two that differ, wallets take one or the other. */
const sent = fields.refine(
  ({ data, input }) => data === undefined || input === undefined || data.toLowerCase() === input.toLowerCase(),
  { path: ['input'], message: 'is another than data' },
);

const block = z.object({ baseFeePerGas: optional(quantity) }).nullable();
const mined = z
  .object({ hash: hex, from: hex, to: hex.nullable(), value: quantity, input: hex, blockNumber: quantity.nullable() })
  .nullable();
const receipt = z.object({ status: quantity }).nullable();

const quantityText = (value: bigint): string => `0x${value.toString(16)}`;

/** What a node behind EIP-1193 is asked on the way of a payment. */
const nodeOf = (node: Eip1193): PaymentNode<MinedTransaction> => {
  const ask = async <T>(schema: z.ZodType<T>, method: string, ...params: unknown[]): Promise<T> =>
    schema.parse(await node.request({ method, params }));
  return {
    estimateGas: ({ from, to, value, data }) =>
      ask(quantity, 'eth_estimateGas', { from, to: to ?? undefined, value: quantityText(value), data }),
    baseFee: async () => (await ask(block, 'eth_getBlockByNumber', 'latest', false))?.baseFeePerGas,
    tips: async () => ({ suggested: await ask(quantity, 'eth_maxPriorityFeePerGas'), paid: [] }),
    mined: async (hash) => {
      const found = await ask(mined, 'eth_getTransactionByHash', hash);
      if (found === null || found.blockNumber === null) return undefined;
      const settled = await ask(receipt, 'eth_getTransactionReceipt', hash);
      if (settled === null) return undefined;
      const { from, to, value, input } = found;
      return { hash, from, to, value, data: input, reverted: settled.status === 0n };
    },
  };
};

export interface ProviderOptions {
  readonly keyturn: Client;
  /** The dApp's own node. */
  readonly node: Eip1193;
  /** Name in the law; the only one. */
  readonly wallet?: string | undefined;
  /** The payment that this provider makes. Without it nothing can be sent. */
  readonly payment?: Payment | undefined;
}

/** What only a wallet with a key of its own does. */
const SIGNING = /^(eth_sign|personal_|wallet_|eth_signTypedData|eth_signTransaction)/;

const transactionOf = (
  params: unknown,
  wallet: { readonly name: string; readonly address: string },
  chainId: bigint,
) => {
  const given = z.tuple([sent]).safeParse(params);
  if (!given.success) {
    const words = given.error.issues.map(({ path, message }) => `${path.slice(1).join('.')} ${message}`).join('; ');
    throw new KeyturnError('USAGE', `eth_sendTransaction: ${words}`, { field: 'params' });
  }
  const [tx] = given.data;
  if (tx.type !== undefined && tx.type > 2n) throw unsupported('transactions of type 3 and 4');
  if (tx.from !== undefined && tx.from !== wallet.address)
    throw new KeyturnError('USAGE', `only wallet ${wallet.name} can pay, which is ${wallet.address}`, {
      field: 'from',
    });
  if (tx.chainId !== undefined && tx.chainId !== chainId)
    throw new KeyturnError('USAGE', `the node is on chain ${chainId}`, { field: 'chainId' });
  const type = tx.type ?? (tx.gasPrice === undefined ? 2n : 0n);
  const transaction: Transaction = {
    wallet: wallet.name,
    chainId,
    type: type === 0n ? 0 : type === 1n ? 1 : 2,
    to: tx.to ?? null,
    value: tx.value,
    data: (tx.data ?? tx.input)?.toLowerCase(),
    accessList: tx.accessList,
    gasLimit: tx.gas,
    maxFeePerGas: tx.gasPrice ?? tx.maxFeePerGas,
    maxPriorityFeePerGas: tx.maxPriorityFeePerGas,
    nonce: tx.nonce,
  };
  return transaction;
};

/**
 * A wallet of keyturn behind EIP-1193: `eth_sendTransaction` publishes a request, and answers with the hash of what is mined, also where that
 * reverted. It signs nothing; all else goes to the node. Throws as `KeyturnSigner` does.
 */
export const keyturnProvider = ({ keyturn, node, wallet, payment }: ProviderOptions): Eip1193 => ({
  request: async ({ method, params }) => {
    if (method === 'eth_sendTransaction') {
      if (payment === undefined) throw noReference();
      const chainId = quantity.parse(await node.request({ method: 'eth_chainId' }));
      const transaction = transactionOf(params, keyturn.wallet(wallet), chainId);
      return (await pay(keyturn, nodeOf(node), payment, transaction)).hash;
    }
    if (method === 'eth_accounts' || method === 'eth_requestAccounts') return [keyturn.wallet(wallet).address];
    if (SIGNING.test(method)) throw unsupported(method);
    return node.request(params === undefined ? { method } : { method, params });
  },
});
