import { keccak256, Transaction, Wallet } from 'ethers';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import type { Caller } from '#adapters/calls/deadline.ts';
import { chainsPort } from '#adapters/chain/chain.ts';
import type { ChainClient } from '#core/ports.ts';
import { type Anvil, DEV_MNEMONIC, startAnvil } from '#local/cloud/processes/anvil.ts';
import {
  type Answer,
  type QuirkyNode,
  type Say,
  type SayTogether,
  startQuirkyNode,
} from '#test/support/nodes/quirky.ts';
import { EAGER_PACE, eagerly } from './adapter-kit.ts';

export const refused = (message: string): Answer => ({ error: { code: -32000, message } });

/** Several urls of one chain, of which some lie, lag, forget or hang. Behind them is one anvil, with an account that nobody else uses. */
export class Urls {
  readonly from = Wallet.fromPhrase(DEV_MNEMONIC);
  /** The account's next. */
  nonce = 0;
  readonly #closing: (() => Promise<void>)[] = [];
  #anvil: Anvil | undefined;

  async start(): Promise<void> {
    this.#anvil = await startAnvil({ slotsInAnEpoch: 1 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
    await this.#anvil?.stop();
  }

  get url(): string {
    return this.#anvil?.url ?? '';
  }

  closeLater(close: () => Promise<void>): void {
    this.#closing.push(close);
  }

  /** One that says what it is told to, and forwards the rest. It tells the true chain id. */
  async nodeThat(say: Say, sayTogether?: SayTogether): Promise<QuirkyNode> {
    const told: Say = (method, params, asked) => (method === 'eth_chainId' ? 'forward' : say(method, params, asked));
    const node = await startQuirkyNode(this.url, {
      say: () => told,
      ...(sayTogether === undefined ? {} : { sayTogether }),
    });
    this.#closing.push(node.close);
    return node;
  }

  async #ask(body: string): Promise<string> {
    const answer = await fetch(this.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return answer.text();
  }

  /** Straight to anvil. */
  async node(method: string, params: readonly unknown[] = []): Promise<void> {
    z.object({ result: z.unknown() }).parse(
      JSON.parse(await this.#ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))),
    );
  }

  port(urls: readonly string[], need = 1, caller: Caller = eagerly, chainId = '31337'): ChainClient {
    const rpc = [{ chainId, urls: [...urls] }];
    const port = chainsPort({ rpc, resolveUrl: async (url) => url, agreement: () => need, pace: EAGER_PACE }, caller);
    this.closeLater(() => port.close());
    return port.of(chainId);
  }

  /** Raw bytes at the account's next nonce. */
  signed(over: object = {}): string {
    const transaction = Transaction.from({
      type: 2,
      chainId: 31337,
      nonce: this.nonce,
      to: `0x${'35'.repeat(20)}`,
      value: 1n,
      gasLimit: 21_000,
      maxFeePerGas: 10_000_000_000,
      maxPriorityFeePerGas: 1_000_000_000,
      ...over,
    });
    transaction.signature = this.from.signingKey.sign(transaction.unsignedHash);
    return transaction.serialized;
  }

  /** anvil mines what it takes at once, but says that it took it before that. */
  async mined(raw: string): Promise<void> {
    const port = this.port([this.url]);
    const look = async () => expect(await port.receipt(keccak256(raw))).toBeDefined();
    await vi.waitFor(look, { interval: 10, timeout: 10_000 });
  }
}
