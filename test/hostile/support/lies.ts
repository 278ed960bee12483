import { keccak256 } from 'ethers';
import type { Say } from '#test/support/nodes/quirky.ts';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** What the node behind it says, with some fields changed. */
export const changed =
  (methods: readonly string[], change: (fields: Fields) => unknown): Say =>
  async (method, _, { forward }) => {
    if (!methods.includes(method)) return 'forward';
    const said = await forward();
    return isFields(said.result) ? { result: change(said.result) } : said;
  };

export const always =
  (method: string, result: unknown): Say =>
  (asked) =>
    asked === method ? { result } : 'forward';

const HASH = `0x${'7'.repeat(64)}`;
const [RECEIPT, BLOCK, SEND] = ['eth_getTransactionReceipt', 'eth_getBlockByNumber', 'eth_sendRawTransaction'];
const COUNT = 'eth_getTransactionCount';
const refused = { error: { code: -32000, message: 'nonce too low' } };

/** Of the chain's end: what must be told alike. */
export const BLIND: readonly (readonly [string, Say])[] = [
  ['that no transaction has a receipt', always(RECEIPT, null)],
  ['that each transaction reverted', changed([RECEIPT], (receipt) => ({ ...receipt, status: '0x0' }))],
  ['receipts of another block', changed([RECEIPT], (receipt) => ({ ...receipt, blockHash: HASH }))],
  ['receipts with another price', changed([RECEIPT], (receipt) => ({ ...receipt, effectiveGasPrice: '0x1' }))],
];

export const LIES: readonly (readonly [string, Say])[] = [
  ['another chain id', always('eth_chainId', '0x1')],
  ['a count far ahead', always('eth_getTransactionCount', '0x3e8')],
  ['a count of nothing', always('eth_getTransactionCount', '0x0')],
  ['an empty wallet', always('eth_getBalance', '0x0')],
  ['a boundless wallet', always('eth_getBalance', `0x${'f'.repeat(60)}`)],
  ['a base fee beyond every ceiling', changed([BLOCK], (block) => ({ ...block, baseFeePerGas: '0xffffffffffff' }))],
  ['a base fee of nothing', changed([BLOCK], (block) => ({ ...block, baseFeePerGas: '0x0' }))],
  ['blocks without room', changed([BLOCK], (block) => ({ ...block, gasLimit: '0x1' }))],
  ['a head far ahead', changed([BLOCK], (block) => ({ ...block, number: '0xffffff' }))],
  ['that it took bytes, and keeps them', always(SEND, HASH)],
  ['that no bytes can be sent', (method) => (method === SEND ? refused : 'forward')],
  ...BLIND,
];

/** A head that stands still: nothing becomes final. */
export const freezing = (head: string): Say => {
  const frozen = changed([BLOCK], (block) => ({ ...block, number: head }));
  return (method, params, asked) => (params[0] === 'latest' ? frozen(method, params, asked) : 'forward');
};

/** That each transaction is in this block, and sent nowhere. */
export const madeUp = (block: { readonly number: string; readonly hash: string }): Say => {
  const taken = new Set<string>();
  return async (method, [first], { forward }) => {
    if (method === SEND) {
      taken.add(String(first));
      return { result: keccak256(String(first)) };
    }
    if (method === COUNT) {
      // Nobody asks for a receipt before the count has passed the nonce.
      const said = await forward();
      return { result: `0x${(BigInt(String(said.result)) + BigInt(taken.size)).toString(16)}` };
    }
    if (method !== RECEIPT) return 'forward';
    const said = await forward();
    const price = { gasUsed: '0x5208', effectiveGasPrice: '0x3b9aca00' };
    const place = { blockNumber: block.number, blockHash: block.hash, transactionHash: first };
    return said.result === null ? { result: { ...place, ...price, status: '0x1', type: '0x2', logs: [] } } : said;
  };
};
