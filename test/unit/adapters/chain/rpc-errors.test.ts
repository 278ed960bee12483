import { JsonRpcProvider, makeError } from 'ethers';
import { describe, expect, it } from 'vitest';
import { type Refusal, refusalOf, rpcError } from '#adapters/chain/rpc-errors.ts';
import { NODES, UNSAID, WORDS } from '#test/support/adapters/rpc-words.ts';

const RAW = `0x02${'ab'.repeat(100)}`;

/** What ethers throws when a node answers eth_sendRawTransaction with this error: made by ethers itself. */
const thrownFor = (message: string, code = -32000): Error => {
  const provider = new JsonRpcProvider('http://127.0.0.1:1', 1, { staticNetwork: true });
  provider.destroy();
  const payload = { id: 1, jsonrpc: '2.0' as const, method: 'eth_sendRawTransaction', params: [RAW] };
  return provider.getRpcError(payload, { id: 1, error: { code, message } });
};

describe('the words of nodes', () => {
  it.each(
    WORDS.flatMap(({ node, from, said }) => said.map(([refusal, message]) => [node, refusal, message, from] as const)),
  )('%s: %s: %s (%s)', (_node, refusal, message) => {
    expect(refusalOf(thrownFor(message))).toBe(refusal);
  });

  const NEEDED: readonly Refusal[] = [
    'known',
    'nonce-too-low',
    'nonce-too-high',
    'replacement-underpriced',
    'underpriced',
    'insufficient-funds',
    'gas',
    'invalid',
  ];
  it.each(NODES)('%s has words for each', (node) => {
    const said = new Set(
      WORDS.filter((one) => one.node === node).flatMap((one) => one.said.map(([refusal]) => refusal)),
    );
    expect(NEEDED.filter((refusal) => !said.has(refusal) && !UNSAID[node]?.includes(refusal))).toEqual([]);
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
