import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import type { BlockHead, ChainClient, Chains, MinedReceipt } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Operations } from '#schemas/config.ts';
import { urlKey } from '#schemas/urls.ts';
import { blockAnswer, logsAnswer, priceAnswer, receiptAnswer, transactionAnswer } from './json.ts';
import { ChainNode } from './node.ts';
import { quantity, quantityText } from './quantity.ts';
import { reportOf } from './report.ts';
import { type Pace, readsAt } from './rpc-quorum.ts';
import { bodyUse, nonceUse, replay } from './search.ts';
import { broadcast, broadcastAll } from './send.ts';

const heightOf = (head: BlockHead | undefined): bigint => head?.number ?? -1n;

const orNone = (error: unknown): undefined => {
  if (!isKeyturnError(error, 'RPC_REFUSED') || error.field !== 'no-block') throw error;
};

/** A receipt. Where it lacks the price, the same node's transaction has it: two urls of which one lacks it must still agree. */
const receiptOn =
  (hash: string) =>
  async (node: RpcNode): Promise<MinedReceipt | undefined> => {
    const receipt = await node.ask('eth_getTransactionReceipt', [hash], receiptAnswer);
    if (receipt === undefined || receipt.effectiveGasPrice !== undefined) return receipt;
    return { ...receipt, effectiveGasPrice: await node.ask('eth_getTransactionByHash', [hash], priceAnswer) };
  };

const sameUrl = (a: string, b: string): boolean => urlKey(a) === urlKey(b);

/** One url of a chain; the simulation puts a model in its place. */
export type RpcNode = Pick<ChainNode, 'ask'> & Partial<Pick<ChainNode, 'revertOf' | 'askTogether'>>;

export const quorumChain = (
  chainId: string,
  nodes: () => Promise<readonly RpcNode[]>,
  need: number,
  pace?: Pace,
): ChainClient => {
  const { agreed, everyAnswer, firstOf, median, reachedBy, reachedByEnough, reachedByMost, surely, tellEach } =
    readsAt(pace);
  const blockOn = (at: string) => (node: RpcNode) =>
    node.ask('eth_getBlockByNumber', [at, false], blockAnswer).catch(orNone);
  const countOn = (address: string, at: string) => (node: RpcNode) =>
    node.ask('eth_getTransactionCount', [address, at], quantity);

  return {
    chainId,
    agreement: need,
    send: async (raw) => broadcast(await nodes(), raw),
    sendAll: async (raws) => broadcastAll(await nodes(), raws),
    receipt: async (hash) => agreed(await nodes(), need, receiptOn(hash)),
    // By itself, and not with the receipt: urls that tell logs otherwise must not keep a payment from being settled.
    logs: async (hash, blockHash) => {
      const told = await agreed(await nodes(), need, (node) =>
        node.ask('eth_getTransactionReceipt', [hash], logsAnswer),
      );
      return told?.blockHash === blockHash ? told.logs : undefined;
    },
    transaction: async (hash) =>
      agreed(await nodes(), need, (node) => node.ask('eth_getTransactionByHash', [hash], transactionAnswer)),
    block: async (at) => {
      // Finality is counted from the newest block, so one url alone is not enough. Fees are read from it too, and sending must not wait
      // each time for a second url that hangs. Once that url was late, there is no newest block until it answers, and fees are guessed.
      if (at === 'latest') return reachedByEnough(await nodes(), need, blockOn(at), heightOf);
      if (at === 'finalized') return reachedBy(await nodes(), need, blockOn(at), heightOf);
      return agreed(await nodes(), need, blockOn(quantityText(at)));
    },
    count: async (address, at) =>
      at === 'finalized'
        ? reachedBy(await nodes(), need, countOn(address, at), (count) => count)
        : reachedByMost(await nodes(), at === 'claimed' ? 1 : need, countOn(address, 'latest')),
    // One url that lags or lies must not make a wallet promise more than it has. With two, the lower counts: to wait does no harm.
    balance: async (address) =>
      median(await nodes(), (node) => node.ask('eth_getBalance', [address, 'latest'], quantity)),
    report: async (address, dataFee, tell) => tellEach(await nodes(), (node) => reportOf(node, address, dataFee), tell),
    minedAt: async (address, nonce) => {
      const told = await everyAnswer(await nodes(), (node) =>
        nonceUse(node, address, nonce, (ask) => surely(node, ask)),
      );
      return {
        used: told.filter(({ kind }) => kind !== 'unused').length >= need,
        hashes: [...new Set(told.flatMap((one) => (one.kind === 'used' ? [one.hash] : [])))],
      };
    },
    minedIn: async (height, address, nonce) => {
      const told = await everyAnswer(await nodes(), (node) => bodyUse(node, height, address, nonce));
      return [...new Set(told.flat())];
    },
    revertData: async (hash) => firstOf(await nodes(), (node) => replay(node, hash)),
  };
};

/**
 * Ethereum by JSON-RPC (https://ethereum.github.io/execution-apis). Reads try the urls in order, with those that were late the last time at
 * the end. A send makes one attempt at each of them. What decides outcomes (receipts, transactions, blocks, anything at `finalized`) counts
 * only as far as `agreement` urls say the same. Disagreement is an empty answer. A newest block that too few urls tell is one too. Throws
 * CONFIG, CHAIN_UNREACHABLE, RPC_REFUSED (`field`: why).
 */
export const chainsPort = (
  options: {
    readonly rpc: Operations['rpc'];
    readonly resolveUrl: (url: string) => Promise<string>;
    /** How many urls of this chain must agree. 1: one url decides, as the law says of a node of one's own. */
    readonly agreement?: (chainId: string) => number;
    readonly pace?: Pace;
  },
  call: Caller = callerOn(),
): Chains & { close(): Promise<void> } => {
  const open = new Map<string, Promise<readonly ChainNode[]>>();
  const nodesOf = (chainId: string, urls: readonly string[]) => {
    const found = open.get(chainId);
    if (found !== undefined) return found;
    const made = Promise.all(urls.map(options.resolveUrl)).then((resolved) =>
      // Two secrets may hold one url: it agrees with itself about everything, so it counts once.
      resolved.flatMap((url, i) =>
        resolved.findIndex((other) => sameUrl(other, url)) < i
          ? []
          : [new ChainNode({ chainId, place: i + 1, url }, call)],
      ),
    );
    made.catch(() => open.delete(chainId));
    open.set(chainId, made);
    return made;
  };
  return {
    of: (chainId) => {
      const entry = options.rpc.find((one) => one.chainId === chainId);
      if (entry === undefined) throw new KeyturnError('CONFIG', `no RPC url is configured for chain ${chainId}`);
      return quorumChain(chainId, () => nodesOf(chainId, entry.urls), options.agreement?.(chainId) ?? 1, options.pace);
    },
    close: async () => {
      const all = await Promise.allSettled(open.values());
      for (const nodes of all) if (nodes.status === 'fulfilled') for (const node of nodes.value) node.close();
    },
  };
};
