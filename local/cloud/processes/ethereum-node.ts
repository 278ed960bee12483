import { z } from 'zod';

/** An Ethereum node that answers JSON-RPC, and that this process may end. */
export interface EthereumNode {
  readonly url: string;
  readonly chainId: number;
  readonly pid: number;
  /** Resolves when the process ends, whoever ended it. */
  readonly exited: Promise<number>;
  stop(): Promise<void>;
}

const answer = z.object({ result: z.string().regex(/^0x[0-9a-f]+$/) });

/** Throws where no node answers there. */
export const chainIdAt = async (url: string, signal?: AbortSignal): Promise<bigint> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
    ...(signal === undefined ? {} : { signal }),
  });
  return BigInt(answer.parse(await response.json()).result);
};
