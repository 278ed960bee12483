import { Transaction } from 'ethers';
import { z } from 'zod';
import type { Refusal } from '#adapters/chain/rpc-errors.ts';
import type { Answer, Quirk, Say } from './quirky.ts';

const error = (code: number, message: string): Answer => ({ error: { code, message } });

/** Every call but the first question, which chain this is. */
const always =
  (answer: Answer): (() => Say) =>
  () =>
  (method) =>
    method === 'eth_chainId' ? 'forward' : answer;

/** A provider has trouble that passes: nothing about the question was refused. Reads are repeated. */
export const TROUBLES: readonly Quirk[] = [
  {
    name: '-32005, rate limit',
    of: 'Infura',
    source: 'https://eips.ethereum.org/EIPS/eip-1474',
    say: always(error(-32005, 'rate limit exceeded')),
  },
  {
    name: '-32007, request limit',
    of: 'QuickNode',
    source: 'https://github.com/wevm/viem/issues/5082',
    say: always(error(-32007, '50/second request limit reached - reduce calls per second or upgrade your account')),
  },
  {
    name: '-32016, over rate limit',
    of: 'Base',
    source: 'https://github.com/rainlanguage/raindex/issues/1662',
    say: always(error(-32016, 'over rate limit')),
  },
  {
    name: '-32000 around 429 of another gateway',
    of: 'op-node before Base',
    source: 'https://github.com/base/node/issues/368',
    say: always(
      error(
        -32000,
        '429 Too Many Requests: {"jsonrpc":"2.0","error":{"code":-32016,"message":"over rate limit"},"id":2239375}',
      ),
    ),
  },
  {
    name: '-32603, failed or timed out',
    of: 'Infura',
    source: 'https://github.com/omni/tokenbridge/pull/491',
    say: always(error(-32603, 'request failed or timed out')),
  },
  {
    name: '-32603, no more words',
    of: 'Infura',
    source: 'https://github.com/matter-labs/zksync-os-server/pull/496',
    say: always(error(-32603, 'Internal error')),
  },
  {
    name: '-32603, unknown error',
    of: 'Hedera JSON-RPC relay',
    source: 'https://github.com/hiero-ledger/hiero-json-rpc-relay/issues/1733',
    say: always(error(-32603, '[Request ID: cbee2b45-a6bd-496e-826f-6ff364ade359] Unknown error invoking RPC')),
  },
  {
    name: 'status 429',
    of: 'any gateway',
    source: 'https://www.rfc-editor.org/rfc/rfc6585#section-4',
    say: always({ status: 429, body: 'slow down' }),
  },
  {
    name: 'status 502',
    of: 'any gateway',
    source: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6.3',
    say: always({ status: 502, body: '<html><head><title>502 Bad Gateway</title></head></html>' }),
  },
  {
    name: 'a page with status 200',
    of: 'a gateway that asks for a log-in',
    source: 'https://www.jsonrpc.org/specification#response_object',
    say: always({ status: 200, body: '<html>' }),
  },
  {
    name: 'an empty body',
    of: 'any gateway',
    source: 'https://www.jsonrpc.org/specification#response_object',
    say: always({ status: 200, body: '' }),
  },
  { name: 'the connection ends', of: 'any gateway', source: 'measured: a node that is killed', say: always('hang up') },
];

const transactionIn = (params: readonly unknown[]): Transaction => Transaction.from(z.string().parse(params[0]));

const refusing =
  (words: (transaction: Transaction) => string | undefined): (() => Say) =>
  () =>
  (method, params) => {
    if (method !== 'eth_sendRawTransaction') return 'forward';
    const message = words(transactionIn(params));
    return message === undefined ? 'forward' : error(-32000, message);
  };

const tipOf = ({ maxPriorityFeePerGas, gasPrice }: Transaction): bigint => maxPriorityFeePerGas ?? gasPrice ?? 0n;

/** Rules of a chain that others do not have. `means`: what its words say to us; `breaks`: fields of a transaction that breaks the rule. */
export const RULES: readonly (Quirk & { readonly means: Refusal; readonly breaks: object })[] = [
  {
    name: 'no transaction has more than 2^24 gas',
    of: 'Ethereum since Osaka (geth)',
    source: 'https://github.com/cowprotocol/services/issues/4371',
    means: 'gas',
    breaks: { gasLimit: 20_000_000 },
    say: refusing(({ gasLimit }) =>
      gasLimit > 2n ** 24n ? `transaction gas limit too high (cap: 16777216, tx: ${gasLimit})` : undefined,
    ),
  },
  {
    name: 'no tip lies below 25 gwei',
    of: 'Polygon (Bor)',
    source: 'https://github.com/UMAprotocol/protocol/issues/4919',
    means: 'underpriced',
    breaks: { maxPriorityFeePerGas: 1_000_000_000 },
    say: refusing((transaction) =>
      tipOf(transaction) < 25_000_000_000n
        ? `transaction underpriced: gas tip cap ${tipOf(transaction)}, minimum needed 25000000000`
        : undefined,
    ),
  },
];

/** What is sent through them does not always become what the answer says. */
export const SENDERS: readonly (Quirk & { readonly says: 'sent' | 'known'; readonly isMined: boolean })[] = [
  {
    name: 'takes it, and the answer is lost',
    of: 'any gateway',
    source: 'https://github.com/OpenZeppelin/openzeppelin-relayer/issues/681',
    says: 'known',
    isMined: true,
    say: () => {
      let lost = false;
      return async (method, _params, { forward }) => {
        if (method !== 'eth_sendRawTransaction' || lost) return 'forward';
        lost = true;
        await forward();
        return error(-32603, 'nonce too low');
      };
    },
  },
  {
    name: 'takes it, and forgets it',
    of: 'a node that is restarted',
    source: 'measured: a pool in memory',
    says: 'sent',
    isMined: false,
    say: () => (method, params) =>
      method === 'eth_sendRawTransaction' ? { result: transactionIn(params).hash } : 'forward',
  },
  {
    name: 'calls bytes that it has underpriced',
    of: 'Ganache 7.9.2 with a block time',
    source: 'measured: -32003 transaction underpriced for what is in its pool',
    says: 'known',
    isMined: true,
    say:
      () =>
      async (method, _params, { forward }) => {
        if (method !== 'eth_sendRawTransaction') return 'forward';
        await forward();
        return error(-32003, 'transaction underpriced');
      },
  },
];
