import { JsonRpcProvider, makeError } from 'ethers';
import { describe, expect, it } from 'vitest';
import { type Refusal, refusalOf, rpcError } from '#adapters/chain/rpc-errors.ts';
import { SEND_WORDS } from '#adapters/chain/rpc-words.ts';
import { NODES, READ_WORDS_SAID, UNSAID, WORDS } from '#test/support/adapters/rpc-words.ts';

const RAW = `0x02${'ab'.repeat(100)}`;

const SEND = 'eth_sendRawTransaction';

/** What ethers throws when a node answers with this error: made by ethers itself. */
const thrownBy = (method: string, error: { readonly code: number; readonly message: string }): Error => {
  const provider = new JsonRpcProvider('http://127.0.0.1:1', 1, { staticNetwork: true });
  provider.destroy();
  const payload = { id: 1, jsonrpc: '2.0' as const, method, params: method === SEND ? [RAW] : [{}] };
  return provider.getRpcError(payload, { id: 1, error });
};
const thrownFor = (message: string, code = -32000): Error => thrownBy(SEND, { code, message });

describe('the words of nodes', () => {
  it.each(
    WORDS.flatMap(({ node, from, said }) => said.map(([refusal, message]) => [node, refusal, message, from] as const)),
  )('%s: %s: %s (%s)', (_node, refusal, message) => {
    expect(refusalOf(thrownFor(message), SEND)).toBe(refusal);
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
    expect(refusalOf(makeError('server response 400', 'SERVER_ERROR', { request: 'x', info } as never), SEND)).toBe(
      'known',
    );
  });

  it('are not what the transaction itself says', () => {
    const hex = Buffer.from('already known').toString('hex');
    const error = makeError('could not coalesce error', 'UNKNOWN_ERROR', {
      error: { code: -32000, message: 'gapped' },
      payload: { params: ['already known', `0x${hex}`] },
    } as never);
    expect(refusalOf(error, SEND)).toBe('refused');
  });
});

describe('the tables of words', () => {
  /** A pattern's alternatives: split at each | that is in no group. */
  const alternatives = ({ source, flags }: RegExp): readonly RegExp[] => {
    const parts = [''];
    let depth = 0;
    for (const [n, char] of [...source].entries()) {
      const escaped = source[n - 1] === '\\';
      if (char === '(' && !escaped) depth++;
      if (char === ')' && !escaped) depth--;
      if (char === '|' && depth === 0) parts.push('');
      else parts.push(`${parts.pop()}${char}`);
    }
    return parts.map((part) => new RegExp(part, flags));
  };

  it('name a public source for each line: a file of a repository, or a page', () => {
    const sources = [...WORDS, ...READ_WORDS_SAID].map(({ from }) => from).filter((from) => !from.startsWith('test/'));
    for (const from of sources)
      for (const one of from.split(/; |, (?=[a-z]+\/)/))
        expect(one).toMatch(/^https:\/\/github\.com\/|[\w.-]+\/\S+\.(go|rs|cs|java|ts|md)$|\}\.ts$/);
  });

  it('hold no alternative that no cited words need', () => {
    const sent = WORDS.flatMap(({ said }) => said);
    const idle = SEND_WORDS.flatMap(([refusal, pattern]) =>
      alternatives(pattern)
        .filter((one) => !sent.some(([means, words]) => means === refusal && one.test(words)))
        .map((one) => `${refusal}: ${one}`),
    );
    expect(idle).toEqual([]);
  });
});

describe('what reads are told', () => {
  it.each(READ_WORDS_SAID)('$method: $error.code $error.message: $means', ({ method, error, means }) => {
    expect(refusalOf(thrownBy(method, error), method)).toBe(means);
  });

  it.each(READ_WORDS_SAID.filter(({ means }) => means === 'refused'))(
    '$error.code $error.message is lost, and no refusal',
    ({ method, error }) => {
      const call = { service: 'rpc', call: method, resource: 'chain 1 at url 2' };
      expect(rpcError(call, thrownBy(method, error)).code).toBe('UNAVAILABLE');
    },
  );

  it('HTTP 429 is busy, whatever stands in its body, also for a send', () => {
    const info = {
      responseBody: '{"error":{"code":-32600,"message":"already known"}}',
      responseStatus: '429 Too Many',
    };
    const error = makeError('server response 429', 'SERVER_ERROR', { request: 'x', info } as never);
    for (const method of [SEND, 'eth_getBlockByNumber']) expect(refusalOf(error, method)).toBe('busy');
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
    expect(refusalOf(error, SEND)).toBe(refusal);
    expect(refusalOf(error, 'eth_getTransactionReceipt')).toBe(refusal);
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
