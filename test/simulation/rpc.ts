import { toBeHex, toQuantity } from 'ethers';
import { z } from 'zod';
import { quorumChain, type RpcNode } from '#adapters/chain/chain.ts';
import { agreementOf } from '#adapters/chain/google-chains.ts';
import { rpcError } from '#adapters/chain/rpc-errors.ts';
import type { Chains } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import type { Faulter } from './call-faults.ts';
import type { Block, ChainModel } from './chain-model.ts';
import { Unmineable } from './chain-rules.ts';
import { judgeRefusal } from './judge-mineable.ts';
import { CHAINS, MINUTE, ORACLE, START } from './law.ts';
import type { Observer } from './observer.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import { readRaw, type Sent } from './sent.ts';

const blockJson = ({ rules }: ChainModel, { number, hash, time, baseFee }: Block) => ({
  number: toQuantity(number),
  hash,
  timestamp: toQuantity(time / 1000),
  baseFeePerGas: toQuantity(baseFee),
  gasLimit: toQuantity(rules.blockGas(time)),
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

const callShape = z.object({ to: z.string(), data: z.string() });

/** The oracle of the data fee, asked for so many bytes. Other contracts answer nothing. */
const calledOn = ({ rules }: ChainModel, { to, data }: z.infer<typeof callShape>): string =>
  to === ORACLE ? toBeHex(rules.weiPerByte * BigInt(`0x${data.slice(10)}`), 32) : '0x';

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
      return { ...blockJson(chain, block), transactions: listed };
    }
    case 'eth_getTransactionCount': {
      const block = blockAt(chain, second ?? 'latest');
      // Most nodes keep the state of 128 blocks.
      if (block !== undefined && block.number < chain.head.number - 128) throw new Error('missing trie node');
      return toQuantity(chain.count(first ?? '', block?.number));
    }
    case 'eth_getBalance':
      return toQuantity(chain.balance(first ?? ''));
    case 'eth_maxPriorityFeePerGas':
      return '0x1';
    case 'eth_call':
      return calledOn(chain, callShape.parse(params[0]));
    default:
      throw new Error(`the simulated node knows no ${method}`);
  }
};

/** What a lying node says instead. */
const lie = (chain: ChainModel, method: string, truth: unknown, faults: Faulter): unknown => {
  switch (method) {
    case 'eth_getTransactionCount':
      return faults.pick(['0x0', '0x3', '0x64']);
    case 'eth_getBalance':
      return faults.pick(['0x0', '0x1', '0xffffffffffffffffffff']);
    case 'eth_blockNumber':
      return faults.pick(['0x0', '0xffff']);
    case 'eth_getTransactionReceipt':
      if (truth === null || typeof truth !== 'object') return null;
      return faults.pick([null, { ...truth, status: '0x0' }, { ...truth, effectiveGasPrice: '0x1' }]);
    case 'eth_getTransactionByHash':
      return truth === null || typeof truth !== 'object' ? null : faults.pick([null, { ...truth, value: '0x7' }]);
    case 'eth_getBlockByNumber':
      return {
        ...blockJson(chain, { ...chain.head, number: chain.head.number + 50, hash: `0x${'66'.repeat(32)}` }),
        gasLimit: '0x1',
      };
    default:
      return truth;
  }
};

/** ms */
const REFUSES_UNTIL = START + 10 * MINUTE;

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

  /**
   * rpc-b takes no batch. The others work on one in an order of their own, tell of each what they like, and may lose it before or after. What
   * they leave out they may have done.
   */
  async askTogether<T>(
    method: string,
    each: readonly (readonly unknown[])[],
    schema: z.ZodType<T>,
  ): Promise<readonly PromiseSettledResult<T>[] | undefined> {
    if (this.#url === 'rpc-b') return undefined;
    const { faults, observer, scheduler } = this.#world;
    if (method === 'eth_sendRawTransaction') observer.batch(each.map(([raw]) => text(raw)));
    const lost = () => new KeyturnError('UNAVAILABLE', `rpc: ${method}: no answer to a batch`);
    const values = await scheduler.call(this.#actor, `${this.#url} ${each.length} × ${method}`, () => {
      if (faults.happens(faults.profile.rpc)) throw lost();
      const order = each.map((params, n) => ({ params, n }));
      if (faults.happens(0.3)) order.reverse();
      const said: PromiseSettledResult<unknown>[] = [];
      for (const { params, n } of order) {
        try {
          said[n] = { status: 'fulfilled', value: this.#answer(method, params) };
        } catch (reason) {
          said[n] = { status: 'rejected', reason };
        }
      }
      if (faults.happens(faults.profile.rpc)) throw lost();
      return said.map((one) =>
        faults.happens(faults.profile.rpc) ? ({ status: 'rejected', reason: lost() } as const) : one,
      );
    });
    return values.map((one): PromiseSettledResult<T> => {
      if (one.status === 'rejected') return one;
      const parsed = schema.safeParse(one.value);
      return parsed.success ? { status: 'fulfilled', value: parsed.data } : { status: 'rejected', reason: lost() };
    });
  }

  /** A gateway of chain 1 that only reads; that of chain 10, which has no other, for the first minutes. */
  #refuses(now: number): boolean {
    const { faults } = this.#world;
    if (!faults.profile.refusing) return false;
    return this.#url === 'rpc-b' || (this.#url === 'rpc-d' && now < REFUSES_UNTIL);
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    const { faults, observer, scheduler } = this.#world;
    const call = { service: 'rpc', call: method, resource: this.#url };
    const gone = () => rpcError(call, { code: 'NETWORK_ERROR' });
    if (method === 'eth_sendRawTransaction') observer.sent(text(params[0]), this.#actor);
    // No node is told of bytes that are not out yet, to test them either.
    else observer.leaves(`a question of ${this.#actor.name} to ${this.#url}`, JSON.stringify(params));
    if (method === 'eth_sendRawTransaction' && this.#refuses(scheduler.clock.now()))
      throw rpcError(call, {
        code: 'UNKNOWN_ERROR',
        info: { error: { message: 'this gateway takes no transaction' } },
      });
    if (this.#chain.isDown(scheduler.clock.now()) || faults.happens(faults.profile.rpc)) throw gone();
    if (method === 'eth_sendRawTransaction' && faults.happens(faults.profile.rpc)) return readRaw(text(params[0])).hash;
    this.#chain.advance(scheduler.clock.now());
    let truth: unknown;
    try {
      truth = answer(this.#chain, method, params);
    } catch (error) {
      if (error instanceof Unmineable) judgeRefusal(this.#world, readRaw(text(params[0])), error.message);
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
