import { z } from 'zod';

const answer = z.object({ result: z.unknown(), error: z.unknown().optional() });

/** One plain JSON-RPC call (https://ethereum.github.io/execution-apis), by nothing of ours: an independent read of the chain. */
export const rpc = async <T>(
  url: string,
  method: string,
  params: readonly unknown[],
  schema: z.ZodType<T>,
): Promise<T> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = answer.parse(await response.json());
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return schema.parse(result);
};

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt);

export const minedReceipt = z.object({
  transactionHash: z.string(),
  blockNumber: quantity,
  blockHash: z.string(),
  status: quantity,
  from: z.string(),
  to: z.string(),
  gasUsed: quantity,
  effectiveGasPrice: quantity,
});
export const minedTransaction = z.object({ nonce: quantity, value: quantity, input: z.string(), type: quantity });
export const minedBlock = z.object({ timestamp: quantity, transactions: z.array(z.string()) });

export const balanceOf = (url: string, address: string): Promise<bigint> =>
  rpc(url, 'eth_getBalance', [address, 'latest'], quantity);
/** Transactions mined from an address. */
export const countOf = (url: string, address: string): Promise<bigint> =>
  rpc(url, 'eth_getTransactionCount', [address, 'latest'], quantity);
