import { JsonRpcProvider, makeError } from 'ethers';
import { describe, expect, it } from 'vitest';
import { type Refusal, refusalOf, rpcError } from '#adapters/rpc-errors.ts';

const RAW = `0x02${'ab'.repeat(100)}`;

/** What ethers throws when a node answers eth_sendRawTransaction with this error: made by ethers itself. */
const thrownFor = (message: string, code = -32000): Error => {
  const provider = new JsonRpcProvider('http://127.0.0.1:1', 1, { staticNetwork: true });
  provider.destroy();
  const payload = { id: 1, jsonrpc: '2.0' as const, method: 'eth_sendRawTransaction', params: [RAW] };
  return provider.getRpcError(payload, { id: 1, error: { code, message } });
};

describe('the words of nodes', () => {
  it.each<[string, Refusal, string]>([
    ['geth', 'known', 'already known'],
    [
      'geth, before 1.9',
      'known',
      'known transaction: 0x7f657507aee0511e36d2d1972a6b22e917cc89f92b6c12c4dbd57eaabb236960',
    ],
    ['anvil', 'known', 'transaction already imported'],
    ['Erigon', 'known', 'existing tx with same hash'],
    ['Erigon', 'known', 'INTERNAL_ERROR: existing tx with same hash'],
    ['Nethermind', 'known', 'AlreadyKnown'],
    ['Besu', 'known', 'Known transaction'],
    ['hardhat', 'known', 'Known transaction: 0x7f657507aee0511e36d2d1972a6b22e917cc89f92b6c12c4dbd57eaabb236960'],
    ['OpenEthereum', 'known', 'Transaction with the same hash was already imported.'],
    ['Moonbeam', 'known', 'submit transaction to pool failed: Pool(AlreadyImported)'],
    ['zkSync', 'known', 'known transaction. transaction with hash 0x6013…3053 is already in the system'],

    ['geth', 'nonce-too-low', 'nonce too low: next nonce 82, tx nonce 81'],
    ['anvil', 'nonce-too-low', 'nonce too low'],
    ['Erigon', 'nonce-too-low', 'nonce too low'],
    ['Nethermind', 'nonce-too-low', 'OldNonce, Current nonce: 22, nonce of rejected tx: 17'],
    ['Nethermind', 'nonce-too-low', 'OwnNonceAlreadyUsed'],
    ['Besu', 'nonce-too-low', 'Nonce too low'],
    ['hardhat', 'nonce-too-low', 'Nonce too low. Expected nonce to be 5 but got 4.'],
    ['ganache', 'nonce-too-low', "the tx doesn't have the correct nonce. account has nonce of: 1 tx has nonce of: 0"],
    ['OpenEthereum', 'nonce-too-low', 'Transaction nonce is too low. Try incrementing the nonce.'],
    ['Arbitrum', 'nonce-too-low', 'invalid transaction nonce'],
    ['Moonbeam', 'nonce-too-low', 'submit transaction to pool failed: Pool(Stale)'],

    ['geth', 'nonce-too-high', 'nonce too high'],
    ['Nethermind', 'nonce-too-high', 'NonceGap, Future nonce. Expected nonce: 10'],
    [
      'hardhat',
      'nonce-too-high',
      "Nonce too high. Expected nonce to be 3 but got 4. Note that transactions can't be queued when automining.",
    ],

    ['geth', 'replacement-underpriced', 'replacement transaction underpriced'],
    ['anvil', 'replacement-underpriced', 'replacement transaction underpriced'],
    ['Besu', 'replacement-underpriced', 'Replacement transaction underpriced'],
    ['Erigon', 'replacement-underpriced', 'could not replace existing tx'],
    ['Nethermind', 'replacement-underpriced', 'ReplacementNotAllowed'],
    [
      'hardhat',
      'replacement-underpriced',
      'Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2200000000 is necessary to replace the existing transaction with nonce 0.',
    ],
    [
      'OpenEthereum',
      'replacement-underpriced',
      'Transaction gas price 100wei is too low. There is another transaction with same nonce in the queue with gas price 150wei. Try increasing the gas price or incrementing the nonce.',
    ],

    ['geth', 'insufficient-funds', 'insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1'],
    ['anvil', 'insufficient-funds', 'Insufficient funds for gas * price + value'],
    ['Besu', 'insufficient-funds', 'Upfront cost exceeds account balance'],
    [
      'Nethermind',
      'insufficient-funds',
      'InsufficientFunds, Account balance: 4740799397601480913, cumulative cost: 22019342038993800000',
    ],
    [
      'hardhat',
      'insufficient-funds',
      "Sender doesn't have enough funds to send tx. The max upfront cost is: 2 and the sender's balance is: 1.",
    ],
    ['Arbitrum', 'insufficient-funds', 'not enough funds for gas'],

    ['geth', 'underpriced', 'transaction underpriced: gas tip cap 0, minimum needed 1'],
    [
      'geth',
      'underpriced',
      'max fee per gas less than block base fee: address 0x20f3, maxFeePerGas: 10000000, baseFee: 765625000',
    ],
    ['anvil', 'underpriced', 'max fee per gas less than block base fee'],
    ['Erigon', 'underpriced', 'fee cap less than block base fee'],
    ['Besu', 'underpriced', 'Gas price below configured minimum gas price'],
    ['Besu', 'underpriced', 'Max fee per gas is below the current base fee'],
    ['Nethermind', 'underpriced', 'FeeTooLow, EffectivePriorityFeePerGas too low 10 < 20, BaseFee: 30'],
    ['Nethermind', 'underpriced', 'FeeTooLowToCompete'],
    [
      'hardhat',
      'underpriced',
      'Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 875000000',
    ],
    ['Metis', 'underpriced', 'gas price too low: 18000000000 wei, use at least tx.gasPrice = 19500000000 wei'],

    ['geth', 'fee-cap', 'tx fee (1.10 ether) exceeds the configured cap (1.00 ether)'],
    ['Besu', 'fee-cap', 'Transaction fee cap exceeded'],
    ['geth', 'gas', 'intrinsic gas too low: gas 20000, minimum needed 21000'],
    ['Besu', 'gas', 'Intrinsic gas exceeds gas limit'],
    ['hardhat', 'gas', 'Transaction requires at least 21000 gas but got 20000'],
    ['geth', 'gas', 'exceeds block gas limit'],
    ['geth', 'pool-full', 'txpool is full'],
    [
      'OpenEthereum',
      'pool-full',
      'There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.',
    ],
    ['Arbitrum', 'pool-full', 'sequencer pending tx pool full, please try again'],
    ['geth', 'invalid', 'invalid sender'],
    ['geth', 'invalid', 'only replay-protected (EIP-155) transactions allowed over RPC'],
    ['geth', 'no-block', 'finalized block not found'],
    [
      'a provider',
      'busy',
      'Your app has exceeded its compute units per second capacity. Rate limit reached, try again later',
    ],
    ['a provider', 'busy', 'daily request count exceeded, request rate limited'],
    ['anyone', 'refused', 'some words of tomorrow'],
    ['anyone', 'refused', ''],
  ])('%s: %s: %s', (_node, refusal, message) => {
    expect(refusalOf(thrownFor(message))).toBe(refusal);
  });

  it('are read where a provider puts them in the body of an HTTP error', () => {
    const info = {
      responseBody: '{"error":{"code":-32000,"message":"already known"}}',
      responseStatus: '400 Bad Request',
    };
    expect(refusalOf(makeError('server response 400', 'SERVER_ERROR', { request: 'x', info } as never))).toBe('known');
  });

  it('are not what the transaction itself says', () => {
    const hex = Buffer.from('already known').toString('hex');
    const error = makeError('could not coalesce error', 'UNKNOWN_ERROR', {
      error: { code: -32000, message: 'gapped' },
      payload: { params: ['already known', `0x${hex}`] },
    } as never);
    expect(refusalOf(error)).toBe('refused');
  });
});

describe('no answer', () => {
  it.each<[string, Refusal, unknown]>([
    ['a refused connection', 'unreachable', Object.assign(new Error('x'), { code: 'ECONNREFUSED' })],
    ['a reset one', 'unreachable', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    [
      '503',
      'unreachable',
      makeError('server response 503', 'SERVER_ERROR', { info: { responseBody: '<html>' } } as never),
    ],
    ['bad data', 'unreachable', makeError('missing response for request', 'BAD_DATA', { value: [] } as never)],
    ['a timeout', 'late', makeError('request timeout', 'TIMEOUT', {} as never)],
  ])('%s', (_what, refusal, error) => {
    expect(refusalOf(error)).toBe(refusal);
  });
});

describe('what a caller gets', () => {
  const call = { service: 'rpc', call: 'eth_sendRawTransaction', resource: 'chain 1 at url 2' };

  it('holds neither url nor transaction', () => {
    const error = rpcError(call, thrownFor('nonce too low'));
    expect(error).toMatchObject({
      code: 'RPC_REFUSED',
      field: 'nonce-too-low',
      message: 'rpc: eth_sendRawTransaction chain 1 at url 2: nonce-too-low',
    });
    expect(error.cause).toBeUndefined();
  });

  it.each([
    ['ECONNREFUSED', 'UNAVAILABLE'],
    ['TIMEOUT', 'DEADLINE'],
  ])('%s is %s', (code, expected) => {
    expect(rpcError(call, Object.assign(new Error('x'), { code })).code).toBe(expected);
  });
});
