import { keccak256, parseEther, Transaction, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainsPort } from '#adapters/chain/chain.ts';
import type { ChainClient } from '#core/ports.ts';
import { DEV_MNEMONIC } from '#local/cloud/processes/anvil.ts';
import type { Answer } from '#test/support/nodes/quirky.ts';
import { Urls } from './adapter-chain-kit.ts';
import { eagerly, failureOf } from './adapter-kit.ts';

const rich = Wallet.fromPhrase(DEV_MNEMONIC);
const RECIPIENT = '0x3535353535353535353535353535353535353535';
const poor = new Wallet(`0x${'11'.repeat(32)}`);

const urls = new Urls();
let chain: ChainClient;

const portOf = (of: readonly string[], need = 1, chainId = '31337'): ChainClient =>
  urls.port(of, need, eagerly, chainId);

beforeAll(async () => {
  await urls.start();
  chain = portOf([urls.url]);
});
afterAll(() => urls.stop());

let nonce = 0;
const signed = (over: object = {}, wallet: { signingKey: Wallet['signingKey'] } = rich): string => {
  const transaction = Transaction.from({
    type: 2,
    chainId: 31337,
    nonce,
    to: RECIPIENT,
    value: parseEther('0.1'),
    gasLimit: 21_000,
    maxFeePerGas: 10_000_000_000,
    maxPriorityFeePerGas: 1_000_000_000,
    ...over,
  });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
};

describe('against anvil', () => {
  it('sends, and sees the same transaction mined', async () => {
    const raw = signed();
    const hash = keccak256(raw);
    expect(await chain.receipt(hash)).toBeUndefined();
    expect(await chain.transaction(hash)).toBeUndefined();
    expect(await chain.send(raw)).toBe('sent');
    await urls.mined(raw);
    const receipt = await chain.receipt(hash);
    expect(receipt).toMatchObject({ transactionHash: hash, success: true, gasUsed: 21_000n });
    expect(await chain.transaction(hash)).toEqual({ hash, nonce: 0n, from: rich.address });
    const block = await chain.block(receipt?.blockNumber ?? 0n);
    expect(block?.hash).toBe(receipt?.blockHash);
    expect(Math.abs((block?.time ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(block?.baseFeePerGas).toBeGreaterThan(0n);
    expect(await chain.count(rich.address, 'latest')).toBe(1n);
    expect(await chain.balance(RECIPIENT)).toBe(parseEther('0.1'));
    expect(await chain.block(10n ** 9n)).toBeUndefined();
    nonce = 1;
    expect(await chain.send(raw)).toBe('known');
  });

  it('moves what is final along', async () => {
    for (const _ of [1, 2, 3]) {
      const raw = signed();
      await chain.send(raw);
      await urls.mined(raw);
      nonce += 1;
    }
    const [latest, final] = await Promise.all([chain.block('latest'), chain.block('finalized')]);
    expect(final?.number).toBe((latest?.number ?? 0n) - 2n);
    expect(await chain.count(rich.address, 'finalized')).toBe(BigInt(nonce - 2));
  });

  it.each<[string, object, boolean, string]>([
    ['a nonce that another transaction used', { nonce: 0, value: 1n }, false, 'nonce-too-low'],
    ['no money', { nonce: 0 }, true, 'insufficient-funds'],
    ['a fee under the base fee', { maxFeePerGas: 1, maxPriorityFeePerGas: 0 }, false, 'underpriced'],
    ['too little gas', { gasLimit: 20_000 }, false, 'gas'],
  ])('tells %s', async (_what, over, isPoor, refusal) => {
    const raw = signed({ nonce, ...over }, isPoor ? poor : rich);
    const failure = await failureOf(chain.send(raw));
    expect(failure).toMatchObject({
      code: 'RPC_REFUSED',
      field: refusal,
      message: `rpc: eth_sendRawTransaction chain 31337 at url 1: ${refusal}`,
    });
    expect(JSON.stringify(failure)).not.toContain(raw.slice(2, 40));
  });
});

describe('through nodes that lie or fail', () => {
  const down = () => urls.nodeThat(() => 'hang up');

  it('reads from the next url, sends by the next url, one attempt each', async () => {
    const broken = await urls.nodeThat((method) =>
      method === 'eth_getTransactionByHash' ? { result: null } : 'hang up',
    );
    const two = portOf([broken.url, urls.url]);
    expect(await two.balance(RECIPIENT)).toBe(parseEther('0.4'));
    expect(await two.send(signed())).toBe('sent');
    nonce += 1;
    expect(broken.asked.filter((method) => method === 'eth_sendRawTransaction')).toHaveLength(1);
  });

  it('finds its own where the answer was lost on the way', async () => {
    const raw = signed();
    await chain.send(raw);
    nonce += 1;
    const lost = await urls.nodeThat((method) => (method === 'eth_sendRawTransaction' ? 'hang up' : 'forward'));
    expect(await portOf([lost.url, urls.url]).send(raw)).toBe('known');
    expect(await portOf([lost.url]).send(raw)).toBe('known');
    const blank = await urls.nodeThat((method) =>
      method === 'eth_getTransactionByHash' ? { result: null } : 'hang up',
    );
    expect(await failureOf(portOf([blank.url]).send(raw))).toMatchObject({ code: 'UNAVAILABLE', field: 'unreachable' });
  });

  it('says that no url answers, without naming one', async () => {
    const failure = await failureOf(portOf([(await down()).url, 'http://127.0.0.1:1/key-abcdef']).balance(RECIPIENT));
    expect(failure.code).toBe('CHAIN_UNREACHABLE');
    expect(failure.message).toBe(
      'rpc: eth_getBalance chain 31337 at url 1: unreachable; rpc: eth_chainId chain 31337 at url 2: unreachable',
    );
  });

  it.each<[string, Answer]>([
    ['an HTML page', { status: 200, body: '<html>' }],
    ['a page with 503', { status: 503, body: 'Service Unavailable' }],
    ['429', { status: 429, body: 'slow down' }],
    ['a rate limit', { error: { code: -32005, message: 'rate limit exceeded' } }],
    ['a rate limit of QuickNode', { error: { code: -32007, message: '50/second request limit reached' } }],
    ['a rate limit of Base', { error: { code: -32016, message: 'over rate limit' } }],
    ['an internal error', { error: { code: -32603, message: 'Internal error' } }],
    ['a time-out behind a gateway', { error: { code: -32000, message: 'request timed out' } }],
    ['words of a pool', { error: { code: -32000, message: 'already known' } }],
    ['the id of another question', { status: 200, body: '{"jsonrpc":"2.0","id":"999999","result":null}' }],
    ['no result', { status: 200, body: '{"jsonrpc":"2.0"}' }],
    ['another form', { result: '0xzz' }],
  ])('goes on to the next after %s', async (_what, answer) => {
    const odd = await urls.nodeThat(() => answer);
    expect(await portOf([odd.url, urls.url]).block('latest')).toMatchObject({ number: expect.anything() });
    expect(await failureOf(portOf([odd.url]).block('latest'))).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    // Once where another url answers, four times where it is the only one.
    expect(odd.asked.filter((method) => method !== 'eth_chainId')).toHaveLength(1 + 4);
  });

  it.each<[string, { error: object }]>([
    ['rate limit exceeded', { error: { code: -32005, message: 'rate limit exceeded' } }],
    ['request limit reached', { error: { code: -32007, message: '50/second request limit reached - reduce calls' } }],
    ['internal error', { error: { code: -32603, message: 'Internal error' } }],
  ])('reads all that settlement needs from a url that fails every third call: %s', async (_what, trouble) => {
    const raw = signed();
    await chain.send(raw);
    await urls.mined(raw);
    nonce += 1;
    let calls = 0;
    const flaky = portOf([(await urls.nodeThat(() => (++calls % 3 === 0 ? trouble : 'forward'))).url]);
    const hash = keccak256(raw);
    for (let n = 0; n < 4; n++) {
      const receipt = await flaky.receipt(hash);
      expect(receipt).toMatchObject({ success: true });
      expect(await flaky.transaction(hash)).toMatchObject({ hash });
      expect(await flaky.block(receipt?.blockNumber ?? 0n)).toMatchObject({ hash: receipt?.blockHash });
      expect(await flaky.block('finalized')).toBeDefined();
      expect(await flaky.minedAt(rich.address, BigInt(nonce - 1))).toEqual({ used: true, hashes: [hash] });
    }
  });

  it.each<[string, (id: unknown) => object]>([
    ['told as text', (id) => ({ id: String(id), result: '0x5' })],
    ['with an error of null', (id) => ({ id, result: '0x5', error: null })],
  ])('takes an answer whose id is %s', async (_what, answerOf) => {
    const odd = await urls.nodeThat((method, _params, { id }) =>
      method === 'eth_getBalance'
        ? { status: 200, body: JSON.stringify({ jsonrpc: '2.0', ...answerOf(id) }) }
        : 'forward',
    );
    expect(await portOf([odd.url]).balance(RECIPIENT)).toBe(5n);
  });

  it('takes a refusal without an id for what it says', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32000, message: 'transaction underpriced' },
    });
    const odd = await urls.nodeThat((method) =>
      method === 'eth_sendRawTransaction' ? { status: 200, body } : 'forward',
    );
    const failure = await failureOf(portOf([odd.url]).send(signed({ nonce: nonce + 7, value: 3n })));
    expect(failure).toMatchObject({ code: 'RPC_REFUSED', field: 'underpriced' });
  });

  it('does not ask a node of another chain', async () => {
    const failure = await failureOf(portOf([urls.url], 1, '1').balance(RECIPIENT));
    expect(failure).toMatchObject({
      code: 'CONFIG',
      message: 'rpc: chain 1 at url 1: it is a node of chain 31337',
    });
  });

  it('needs as many alike answers as told', async () => {
    const hash = keccak256(signed({ nonce: 0 }));
    const liar = await urls.nodeThat((method) => {
      if (method === 'eth_getTransactionReceipt') return { result: null };
      return method === 'eth_getBlockByNumber'
        ? { result: { number: '0xffff', hash: `0x${'0'.repeat(64)}`, timestamp: '0x0' } }
        : 'forward';
    });
    const honest = await urls.nodeThat(() => 'forward');
    expect(await portOf([liar.url, urls.url], 2).receipt(hash)).toBeUndefined();
    expect(await portOf([liar.url, urls.url, honest.url], 2).receipt(hash)).toMatchObject({ transactionHash: hash });
    const final = (await chain.block('finalized'))?.number;
    expect((await portOf([liar.url, urls.url], 2).block('finalized'))?.number).toBe(final);
    expect((await portOf([liar.url], 1).block('finalized'))?.number).toBe(0xffffn);
    expect(await portOf([liar.url, urls.url], 1).receipt(hash)).toMatchObject({ transactionHash: hash });
    expect(await failureOf(portOf([urls.url], 2).receipt(hash))).toMatchObject({ code: 'CONFIG' });
    expect(await failureOf(portOf([urls.url, (await down()).url], 2).receipt(hash))).toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
  });

  it('counts a url once, in however many secrets it stands', async () => {
    const hash = keccak256(signed({ nonce: 0 }));
    const asked = await urls.nodeThat(() => 'forward');
    const secrets = new Map([
      ['secret:a', asked.url],
      ['secret:b', asked.url.replace('http:', 'HTTP:')],
      ['secret:c', urls.url],
    ]);
    const over = (...names: string[]): ChainClient => {
      const port = chainsPort(
        {
          rpc: [{ chainId: '31337', urls: names }],
          resolveUrl: async (name) => secrets.get(name) ?? '',
          agreement: () => 2,
        },
        eagerly,
      );
      urls.closeLater(() => port.close());
      return port.of('31337');
    };
    const twice = over('secret:a', 'secret:b');
    expect(await failureOf(twice.receipt(hash))).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^2 different RPC urls must agree .* but 1 is configured/),
    });
    expect(await twice.balance(RECIPIENT)).toBeGreaterThan(0n);
    expect(await over('secret:a', 'secret:b', 'secret:c').receipt(hash)).toMatchObject({ transactionHash: hash });
    expect(asked.asked.filter((method) => method === 'eth_getTransactionReceipt')).toHaveLength(1);
  });

  it('has a newest block that enough urls have reached, since finality is counted from it', async () => {
    const liar = await urls.nodeThat((method) =>
      method === 'eth_getBlockByNumber'
        ? { result: { number: '0xffff', hash: `0x${'0'.repeat(64)}`, timestamp: '0x0' } }
        : 'forward',
    );
    const head = (await chain.block('latest'))?.number;
    expect((await portOf([liar.url, urls.url], 2).block('latest'))?.number).toBe(head);
    expect((await portOf([liar.url, (await down()).url, urls.url], 2).block('latest'))?.number).toBe(head);
    expect((await portOf([liar.url], 1).block('latest'))?.number).toBe(0xffffn);
  });

  it('has no newest block where some urls answer, but not enough; fees are then guessed and sending goes on', async () => {
    expect(await portOf([urls.url, (await down()).url], 2).block('latest')).toBeUndefined();
    expect(await portOf([urls.url], 2).block('latest')).toBeUndefined();
    expect(await failureOf(portOf([(await down()).url, (await down()).url], 2).block('latest'))).toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
  });

  it('has no chain that is not configured', () => {
    const port = chainsPort({ rpc: [{ chainId: '1', urls: ['http://x'] }], resolveUrl: async (url) => url });
    expect(() => port.of('2')).toThrow('no RPC url is configured for chain 2');
  });
});
