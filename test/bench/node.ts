import { z } from 'zod';

const answer = z.object({ result: z.unknown().optional(), error: z.object({ message: z.string() }).optional() });
const hex = z.string().regex(/^0x[0-9a-f]*$/);
const blockShape = z.object({ transactions: z.array(z.object({ from: hex, value: hex })) });

export type Mining = 'automine' | '1 s blocks';

/** A payment as the chain has it. */
export interface Payment {
  readonly from: string;
  /** wei */
  readonly value: bigint;
}

/** The node itself, past every proxy: to set it up and to see what was mined. */
export class Node {
  readonly url: string;
  readonly chainId: number;

  constructor(at: { readonly url: string; readonly chainId: number | string }) {
    this.url = at.url;
    this.chainId = Number(at.chainId);
  }

  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const { result, error } = answer.parse(await response.json());
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async mine(how: Mining): Promise<void> {
    await this.call('evm_setIntervalMining', how === 'automine' ? 0 : 1);
    await this.call('evm_setAutomine', how === 'automine');
  }

  async fund(address: string): Promise<void> {
    await this.call('anvil_setBalance', address, `0x${(10n ** 24n).toString(16)}`);
  }

  async head(): Promise<number> {
    return Number(hex.parse(await this.call('eth_blockNumber')));
  }

  async payments(block: number): Promise<readonly Payment[]> {
    const { transactions } = blockShape.parse(await this.call('eth_getBlockByNumber', `0x${block.toString(16)}`, true));
    return transactions.map(({ from, value }) => ({ from, value: BigInt(value) }));
  }
}
