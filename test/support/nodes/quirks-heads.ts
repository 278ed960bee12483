import type { Answer, Quirk, Say } from './quirky.ts';

const onFinalized =
  (answer: Answer): (() => Say) =>
  () =>
  (method, params) =>
    method === 'eth_getBlockByNumber' && params[0] === 'finalized' ? answer : 'forward';

/** Chains without a block called `finalized`: there is none to be had, however often it is asked for. */
export const NO_FINALITY: readonly Quirk[] = [
  {
    name: 'finalized is no number',
    of: 'IoTeX 2.4',
    source: 'https://github.com/iotexproject/iotex-core/issues/4942',
    say: onFinalized({ error: { code: -32603, message: 'strconv.ParseUint: parsing "finalized": invalid syntax' } }),
  },
  {
    name: 'finalized block not found',
    of: 'geth before its first finalized block',
    source: 'https://github.com/ethereum/go-ethereum/blob/v1.13.0/eth/api_backend.go',
    say: onFinalized({ error: { code: -32000, message: 'finalized block not found' } }),
  },
  {
    name: 'Unknown block',
    of: 'Erigon for BSC',
    source: 'https://github.com/node-real/bsc-erigon/issues/376',
    say: onFinalized({ error: { code: -39001, message: 'Unknown block' } }),
  },
  {
    name: 'null',
    of: 'a node that never saw a finalized block',
    source: 'https://ethereum.github.io/execution-apis/',
    say: onFinalized({ result: null }),
  },
];

const missing = (method: string): Quirk['say'] =>
  (() => (asked) =>
    asked === method
      ? { error: { code: -32601, message: `the method ${method} does not exist/is not available` } }
      : 'forward') satisfies () => Say;

/** Methods that clients like to use, and chains that do without. */
export const NO_METHOD: readonly (Quirk & { readonly method: string })[] = [
  {
    name: 'no eth_maxPriorityFeePerGas',
    of: 'Sei',
    source: 'https://github.com/sei-protocol/sei-chain/issues/1611',
    method: 'eth_maxPriorityFeePerGas',
    say: missing('eth_maxPriorityFeePerGas'),
  },
  {
    name: 'no eth_feeHistory',
    of: 'Shardeum',
    source: 'https://github.com/shardeum/bug-reporting/issues/390',
    method: 'eth_feeHistory',
    say: missing('eth_feeHistory'),
  },
];
