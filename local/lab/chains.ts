import { join } from 'node:path';
import type { LabChain } from './config.ts';
import { fundWallet } from './funding.ts';
import { type LabNode, type NodeChoice, startNode } from './node.ts';
import { PORTS } from './ports.ts';
import { type LabWallet, openWallet } from './wallet.ts';

export interface ChainOptions {
  readonly keep: boolean;
  readonly threshold: number;
  readonly coSigners: number;
  readonly portBase?: number | undefined;
  /** Default: anvil. */
  readonly node?: NodeChoice;
  /** Seconds between blocks; undefined: a block for each transaction. */
  readonly blockTime?: number | undefined;
  /** Chain ids of further nodes, of anvil's make. */
  readonly moreChains?: readonly number[];
  /** Of the main node, where the lab starts it. */
  readonly chainId?: number | undefined;
  /** Names of further wallets, of the same holders and threshold. */
  readonly moreWallets?: readonly string[];
  readonly onNotice?: (words: string) => void;
}

const MAIN = 'treasury';

/** Where shares and description of a wallet lie. */
export const walletFolder = (folder: string, name: string): string =>
  name === MAIN ? folder : join(folder, 'wallets', name);

/** Starts the lab's nodes, the main one first. What was started is told at once, so that it can be ended. */
export const startNodes = async (
  folder: string,
  options: ChainOptions,
  started: (node: LabNode) => void,
): Promise<readonly [LabNode, ...LabNode[]]> => {
  const {
    node = { kind: 'anvil' },
    blockTime,
    portBase,
    keep,
    moreChains = [],
    chainId,
    onNotice = () => {},
  } = options;
  const told = (one: LabNode): LabNode => {
    started(one);
    return one;
  };
  const usual = { ...(blockTime === undefined ? {} : { blockTime }), slotsInAnEpoch: 1 };
  const main = startNode(node, {
    ...usual,
    ...(chainId === undefined ? {} : { chainId }),
    ...(keep ? { stateFolder: join(folder, 'chain'), onNotice } : {}),
    ...(portBase === undefined ? {} : { port: portBase + PORTS - 1 }),
  }).then(told);
  const more = moreChains.map((id) => startNode({ kind: 'anvil' }, { ...usual, chainId: id }).then(told));
  await Promise.allSettled([main, ...more]);
  return [await main, ...(await Promise.all(more))];
};

/** The chains as the law names them. A node that mines each transaction at once mines no further block by itself: there, mined is final. */
export const chainsOf = (nodes: readonly LabNode[], blockTime: number | undefined): readonly LabChain[] =>
  nodes.map(({ kind, chainId }, n) => ({
    chainId,
    name: n > 0 ? `${kind}-${n + 1}` : kind === 'url' ? `chain-${chainId}` : kind,
    confirmations: blockTime === undefined ? 0 : 2,
    isOwn: kind !== 'url',
  }));

/** The main wallet first. Each has money on each chain, where the node gives some. */
export const openWallets = async (
  folder: string,
  options: ChainOptions,
  nodes: readonly LabNode[],
): Promise<readonly [LabWallet, ...LabWallet[]]> => {
  const { threshold, coSigners, moreWallets = [], onNotice = () => {} } = options;
  const open = (name: string): LabWallet => openWallet(walletFolder(folder, name), name, threshold, coSigners);
  const wallets = [open(MAIN), ...moreWallets.map(open)] as const;
  for (const { name, threshold: k, holders } of wallets)
    if (k !== threshold || holders.length !== coSigners)
      onNotice(`wallet ${name} is kept as it was made: ${k} of ${holders.length}, not ${threshold} of ${coSigners}`);
  for (const { url } of nodes)
    for (const { address } of wallets) {
      const words = await fundWallet(url, address);
      if (words !== undefined) onNotice(words);
    }
  return wallets;
};
