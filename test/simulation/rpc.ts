import { toQuantity } from 'ethers';
import type { z } from 'zod';
import { quorumChain, type RpcNode } from '#adapters/chain/chain.ts';
import { agreementOf } from '#adapters/chain/google-chains.ts';
import { rpcError } from '#adapters/chain/rpc-errors.ts';
import type { Chains } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import type { Faulter } from './call-faults.ts';
import { type Block, type ChainModel, readRaw, type Sent } from './chain-model.ts';
import { CHAINS } from './law.ts';
import type { Observer } from './observer.ts';
import type { Actor, Scheduler } from './scheduler.ts';

const blockJson = ({ number, hash, time, baseFee }: Block) => ({
  number: toQuantity(number),
  hash,
  timestamp: toQuantity(time / 1000),
  baseFeePerGas: toQuantity(baseFee),
});

/** Calls of this selector fail on the chain. */
export const REVERTING = '0xdeadbeef';
const isReverting = ({ data }: Sent): boolean => data === REVERTING;

const receiptOf = (chain: ChainModel, hash: string) => {
  const found = chain.mined().find(({ sent }) => sent.hash === hash);
  if (found === undefined) return null;
  const { sent, block } = found;
  const price = block.baseFee + sent.tip < sent.maxFee ? block.baseFee + sent.tip : sent.maxFee;
  return {
    transactionHash: hash,
    blockNumber: toQuantity(block.number),
    blockHash: block.hash,
    status: isReverting(sent) ? '0x0' : '0x1',
    gasUsed: '0x5208',
    effectiveGasPrice: toQuantity(price),
    from: sent.from,
    to: sent.to,
    logs: [],
  };
};

const transactionOf = (chain: ChainModel, hash: string) => {
  const found = chain.mined().find(({ sent }) => sent.hash === hash);
  const sent = found?.sent ?? chain.pool.get(hash);
  if (sent === undefined) return null;
  return {
    hash,
    blockNumber: found === undefined ? null : toQuantity(found.block.number),
    blockHash: found?.block.hash ?? null,
    type: toQuantity(sent.type),
    chainId: toQuantity(sent.chainId),
    nonce: toQuantity(sent.nonce),
    from: sent.from,
    to: sent.to,
    value: toQuantity(sent.value),
    input: sent.data,
    gas: toQuantity(sent.gas),
  };
};

const blockAt = (chain: ChainModel, at: string): Block | undefined => {
  if (at === 'latest' || at === 'pending') return chain.head;
  if (at === 'finalized' || at === 'safe') return chain.blocks[chain.final];
  return chain.blocks[Number(BigInt(at))];
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a node of this chain answers. Throws the words of a node. */
const answer = (chain: ChainModel, method: string, params: readonly unknown[]): unknown => {
  const [first, second] = params.map(text);
  switch (method) {
    case 'eth_chainId':
      return toQuantity(BigInt(chain.chainId));
    case 'eth_blockNumber':
      return toQuantity(chain.head.number);
    case 'eth_sendRawTransaction':
      chain.send(first ?? '');
      return readRaw(first ?? '').hash;
    case 'eth_getTransactionByHash':
      return transactionOf(chain, first ?? '');
    case 'eth_getTransactionReceipt':
      return receiptOf(chain, first ?? '');
    case 'eth_getBlockByNumber': {
      const block = blockAt(chain, first ?? '');
      if (block === undefined) return null;
      const { mined } = block;
      const listed =
        params[1] === true ? mined.map(({ hash }) => transactionOf(chain, hash)) : mined.map(({ hash }) => hash);
      return { ...blockJson(block), transactions: listed };
    }
    case 'eth_getTransactionCount': {
      const block = blockAt(chain, second ?? 'latest');
      // Most nodes keep the state of 128 blocks.
      if (block !== undefined && block.number < chain.head.number - 128) throw new Error('missing trie node');
      return toQuantity(chain.count(first ?? '', block?.number));
    }
    case 'eth_getBalance':
      return toQuantity(chain.balance(first ?? ''));
    case 'eth_call':
    case 'eth_estimateGas':
      return '0x';
    default:
      throw new Error(`the simulated node knows no ${method}`);
  }
};

/** What a lying node says instead. */
const lie = (chain: ChainModel, method: string, truth: unknown, faults: Faulter): unknown => {
  switch (method) {
    case 'eth_getTransactionCount':
      return faults.pick(['0x0', '0x3', '0x64']);
    case 'eth_blockNumber':
      return faults.pick(['0x0', '0xffff']);
    case 'eth_getTransactionReceipt':
      if (truth === null || typeof truth !== 'object') return null;
      return faults.pick([null, { ...truth, status: '0x0' }, { ...truth, effectiveGasPrice: '0x1' }]);
    case 'eth_getTransactionByHash':
      return truth === null || typeof truth !== 'object' ? null : faults.pick([null, { ...truth, value: '0x7' }]);
    case 'eth_getBlockByNumber':
      return blockJson({ ...chain.head, number: chain.head.number + 50, hash: `0x${'66'.repeat(32)}` });
    default:
      return truth;
  }
};

class Node implements RpcNode {
  readonly #url: string;
  readonly #chain: ChainModel;
  readonly #actor: Actor;
  readonly #world: RpcWorld;

  constructor(url: string, chain: ChainModel, actor: Actor, world: RpcWorld) {
    this.#url = url;
    this.#chain = chain;
    this.#actor = actor;
    this.#world = world;
  }

  async ask<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T> {
    const value = await this.#world.scheduler.call(this.#actor, `${this.#url} ${method}`, () =>
      this.#answer(method, params),
    );
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new KeyturnError('UNAVAILABLE', `rpc: ${method}: an answer of another form`);
    return parsed.data;
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    const { faults, observer, scheduler } = this.#world;
    const call = { service: 'rpc', call: method, resource: this.#url };
    const gone = () => rpcError(call, { code: 'NETWORK_ERROR' });
    if (method === 'eth_sendRawTransaction') observer.sent(text(params[0]), this.#actor);
    if (this.#chain.isDown(scheduler.clock.now()) || faults.happens(faults.profile.rpc)) throw gone();
    if (method === 'eth_sendRawTransaction' && faults.happens(faults.profile.rpc)) return readRaw(text(params[0])).hash;
    this.#chain.advance(scheduler.clock.now());
    let truth: unknown;
    try {
      truth = answer(this.#chain, method, params);
    } catch (error) {
      throw rpcError(call, {
        code: 'UNKNOWN_ERROR',
        info: { error: { message: error instanceof Error ? error.message : '' } },
      });
    }
    if (faults.happens(faults.profile.rpc)) throw gone();
    // One of three never tells the truth about more than it must: two others must agree.
    return this.#url === 'rpc-a' && faults.happens(faults.profile.lies)
      ? lie(this.#chain, method, truth, faults)
      : truth;
  }
}

export interface RpcWorld {
  readonly scheduler: Scheduler;
  readonly faults: Faulter;
  readonly observer: Observer;
  readonly chains: ReadonlyMap<string, ChainModel>;
}

/** The production's failover and agreement, over simulated urls. */
export const chainsFor = (world: RpcWorld, law: Law, actor: Actor): Chains => ({
  of: (chainId) => {
    const chain = world.chains.get(chainId);
    const urls = CHAINS.find((one) => one.chainId === chainId)?.urls ?? [];
    if (chain === undefined) throw new KeyturnError('CONFIG', `no RPC url is configured for chain ${chainId}`);
    return quorumChain(
      chainId,
      async () => urls.map((url) => new Node(url, chain, actor, world)),
      agreementOf(law, chainId),
      // The scheduler decides what happens between two calls.
      { clock: { now: () => world.scheduler.clock.now(), sleep: async () => {} }, random: () => 0 },
    );
  },
});
