import type { Refusal } from '#adapters/chain/rpc-errors.ts';
import { GETH_LIKE } from './rpc-words-geth.ts';
import { OTHERS } from './rpc-words-others.ts';

/** What nodes answer to eth_sendRawTransaction, word for word, and the public file that says so (repository, path). */
export interface Words {
  readonly node: string;
  readonly from: string;
  readonly said: readonly (readonly [Refusal, string])[];
}

/** Those that must have words for everything. */
export const NODES = ['geth', 'anvil', 'Erigon', 'Nethermind', 'Besu', 'hardhat', 'ganache'] as const;

/** What a node never says: its pool queues a nonce that is too high, or takes it without a word. */
export const UNSAID: Readonly<Record<string, readonly Refusal[]>> = {
  Erigon: ['nonce-too-high'],
  // The same bytes again are underpriced to it.
  ganache: ['known'],
};

export const WORDS: readonly Words[] = [...GETH_LIKE, ...OTHERS];
