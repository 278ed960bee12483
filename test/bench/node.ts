import { z } from 'zod';
import { type Anvil, startAnvil } from '#local/cloud/processes/anvil.ts';

const answer = z.object({ result: z.unknown().optional(), error: z.object({ message: z.string() }).optional() });
const hex = z.string().regex(/^0x[0-9a-f]*$/);
const blockShape = z.object({ transactions: z.array(z.object({ from: hex, value: hex })) });

export type Mining = 'automine' | '1 s blocks';

/** The node itself, past every proxy: to set it up and to count what was mined. */
export class Node {
  readonly anvil: Anvil;

  constructor(anvil: Anvil) {
    this.anvil = anvil;
  }

  static async start(): Promise<Node> {
    return new Node(await startAnvil({ slotsInAnEpoch: 1 }));
  }

  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.anvil.url, {
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

  /** How often each value was mined from `address` after block `since`. */
  async mined(address: string, since: number): Promise<ReadonlyMap<bigint, number>> {
    const found = new Map<bigint, number>();
    const head = await this.head();
    for (let n = since + 1; n <= head; n++) {
      const block = blockShape.parse(await this.call('eth_getBlockByNumber', `0x${n.toString(16)}`, true));
      for (const { from, value } of block.transactions)
        if (from === address.toLowerCase()) found.set(BigInt(value), (found.get(BigInt(value)) ?? 0) + 1);
    }
    return found;
  }
}
