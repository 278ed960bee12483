import { keccak256 } from 'ethers';
import { z } from 'zod';
import type { BlockHead, Chain, Chains } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Operations } from '#schemas/config.ts';
import { blockAnswer, knownTransaction, quantity, receiptAnswer, transactionAnswer } from './chain-json.ts';
import { ChainNode } from './chain-node.ts';
import { nonceUse, replay } from './chain-search.ts';
import { type Caller, callerOn } from './deadline.ts';
import { agreed, firstOf, reachedBy, reachedByEnough } from './rpc-quorum.ts';

const heightOf = (head: BlockHead | undefined): bigint => head?.number ?? -1n;

const orNone = (error: unknown): undefined => {
  if (!isKeyturnError(error, 'RPC_REFUSED') || error.field !== 'no-block') throw error;
};

/** One url of a chain; the simulation puts a model in its place. */
export type RpcNode = Pick<ChainNode, 'ask'> & Partial<Pick<ChainNode, 'revertOf'>>;

export const chainOver = (chainId: string, nodes: () => Promise<readonly RpcNode[]>, need: number): Chain => {
  const known = async (hash: string): Promise<boolean> => {
    const found = await firstOf(await nodes(), (node) =>
      node.ask('eth_getTransactionByHash', [hash], knownTransaction),
    ).catch(() => null);
    return found !== null;
  };
  const blockOn = (at: string) => (node: RpcNode) =>
    node.ask('eth_getBlockByNumber', [at, false], blockAnswer).catch(orNone);
  const countOn = (address: string, at: string) => (node: RpcNode) =>
    node.ask('eth_getTransactionCount', [address, at], quantity);

  return {
    chainId,
    send: async (raw) => {
      const hash = keccak256(raw);
      let refusal: unknown;
      for (const node of await nodes()) {
        try {
          await node.ask('eth_sendRawTransaction', [raw], z.unknown());
          return 'sent';
        } catch (error) {
          if (!isKeyturnError(error)) throw error;
          if (error.field === 'known') return 'known';
          if (error.field === 'nonce-too-low' && (await known(hash))) return 'known';
          // What a node says of the transaction tells more than another node's silence.
          if (refusal === undefined || error.code === 'RPC_REFUSED') refusal = error;
        }
      }
      throw refusal;
    },
    receipt: async (hash) =>
      agreed(await nodes(), need, (node) => node.ask('eth_getTransactionReceipt', [hash], receiptAnswer)),
    transaction: async (hash) =>
      agreed(await nodes(), need, (node) => node.ask('eth_getTransactionByHash', [hash], transactionAnswer)),
    block: async (at) => {
      // Finality is counted from it, so no url alone may say it; fees are read from it too, and sending must not wait for a second url.
      if (at === 'latest') return reachedByEnough(await nodes(), need, blockOn(at), heightOf);
      if (at === 'finalized') return reachedBy(await nodes(), need, blockOn(at), heightOf);
      return agreed(await nodes(), need, blockOn(`0x${at.toString(16)}`));
    },
    count: async (address, at) =>
      at === 'latest'
        ? firstOf(await nodes(), countOn(address, at))
        : reachedBy(await nodes(), need, countOn(address, at), (count) => count),
    balance: async (address) =>
      firstOf(await nodes(), (node) => node.ask('eth_getBalance', [address, 'latest'], quantity)),
    minedAt: async (address, nonce) => agreed(await nodes(), need, (node) => nonceUse(node, address, nonce)),
    revertData: async (hash) => firstOf(await nodes(), (node) => replay(node, hash)),
  };
};

/**
 * Ethereum by JSON-RPC (https://ethereum.github.io/execution-apis). Reads try the urls in order; a send makes one attempt at each and ends
 * with the first that takes it. What decides outcomes (receipts, transactions, blocks, anything at `finalized`) counts only as far as
 * `agreement` urls say the same; disagreement is an empty answer, and so is a newest block that too few urls tell. Throws CONFIG, CHAIN_UNREACHABLE, RPC_REFUSED (`field`: why).
 */
export const chainsPort = (
  options: {
    readonly rpc: Operations['rpc'];
    readonly resolveUrl: (url: string) => Promise<string>;
    /** How many urls of this chain must agree. 1: one url decides, as the law says of a node of one's own. */
    readonly agreement?: (chainId: string) => number;
  },
  call: Caller = callerOn(),
): Chains & { close(): Promise<void> } => {
  const open = new Map<string, Promise<readonly ChainNode[]>>();
  const nodesOf = (chainId: string, urls: readonly string[]) => {
    const found = open.get(chainId);
    if (found !== undefined) return found;
    const made = Promise.all(
      urls.map(async (url, i) => new ChainNode(chainId, i + 1, await options.resolveUrl(url), call)),
    );
    made.catch(() => open.delete(chainId));
    open.set(chainId, made);
    return made;
  };
  return {
    of: (chainId) => {
      const entry = options.rpc.find((one) => one.chainId === chainId);
      if (entry === undefined) throw new KeyturnError('CONFIG', `no RPC url is configured for chain ${chainId}`);
      return chainOver(chainId, () => nodesOf(chainId, entry.urls), options.agreement?.(chainId) ?? 1);
    },
    close: async () => {
      const all = await Promise.allSettled(open.values());
      for (const nodes of all) if (nodes.status === 'fulfilled') for (const node of nodes.value) node.close();
    },
  };
};
