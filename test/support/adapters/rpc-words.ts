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

/** What nodes and gateways answer to reads and to calls that are executed: the method, the JSON-RPC error, and what it means. */
export const READ_WORDS_SAID: readonly {
  readonly from: string;
  readonly method: string;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly means: Refusal;
}[] = [
  ...[
    ['ethereum/go-ethereum internal/ethapi/api.go', -32000, 'finalized block not found', 'no-block'],
    ['ethereum/go-ethereum eth/api_backend.go', -32000, 'header not found', 'no-block'],
    ['https://github.com/bnb-chain/bsc-erigon/issues/376', -32602, 'Unknown block', 'no-block'],
    [
      'https://github.com/iotexproject/iotex-core/issues/4942',
      -32603,
      'strconv.ParseUint: parsing "finalized": invalid syntax',
      'no-block',
    ],
    ['ethereum-optimism/infra proxyd/backend.go', -32019, 'block is out of range', 'no-block'],
    [
      'https://github.com/ethereum/go-ethereum/issues/16471',
      -32000,
      'missing trie node b03d68ac51042467d7637d4ef9e1c52370abc410f263166965cb1e280b1f6d17 (path )',
      'no-state',
    ],
    [
      'https://github.com/blockscout/blockscout/issues/2219',
      -32000,
      'required historical state unavailable (reexec=128)',
      'no-state',
    ],
    ['https://github.com/paradigmxyz/reth/pull/4092', -32603, 'State at block #11052984 is pruned', 'no-state'],
    // Provider's troubles, by code and words: lost, whatever they say.
    ['https://github.com/wevm/viem/issues/5082', -32007, '50/second request limit reached', 'refused'],
    ['https://github.com/latticexyz/mud/issues/1522', -32012, 'credits limited to 6000/sec', 'refused'],
    ['https://github.com/base/node/issues/368', -32016, 'over rate limit', 'refused'],
    ['https://github.com/gochain/web3/issues/180', -32005, 'daily request count exceeded', 'refused'],
    ['ethereum-optimism/infra proxyd/backend.go', -32015, 'gateway timeout', 'refused'],
    ['ethereum/EIPs EIPS/eip-1474.md', -32603, 'Internal error', 'refused'],
    // Words of a pool, said to a read: they are about no transaction of ours.
    ['ethereum/go-ethereum core/txpool/errors.go', -32000, 'already known', 'refused'],
  ].map(([from, code, message, means]) => ({
    from: String(from),
    method: 'eth_getTransactionReceipt',
    error: { code: Number(code), message: String(message) },
    means: means as Refusal,
  })),
  {
    from: 'https://github.com/NethermindEth/nethermind/issues/9408',
    method: 'eth_getTransactionCount',
    error: {
      code: -32603,
      message: 'Internal error',
      data: 'Nethermind.Trie.MissingTrieNodeException: Node A is missing',
    },
    means: 'no-state',
  },
  ...[
    ['ethereum/go-ethereum internal/ethapi/errors.go', 3, 'execution reverted', 'revert'],
    ['ethereum/go-ethereum core/vm/errors.go', -32000, 'out of gas', 'revert'],
    ['ethereum/go-ethereum core/vm/errors.go', -32000, 'invalid opcode: INVALID', 'revert'],
    ['ethereum/go-ethereum eth/gasestimator/gasestimator.go', -32000, 'gas required exceeds allowance (30000)', 'gas'],
    ['ethereum/go-ethereum core/error.go', -32000, 'insufficient funds for transfer', 'insufficient-funds'],
    ['https://github.com/base/node/issues/368', -32016, 'over rate limit', 'refused'],
  ].map(([from, code, message, means]) => ({
    from: String(from),
    method: 'eth_estimateGas',
    error: { code: Number(code), message: String(message) },
    means: means as Refusal,
  })),
];
