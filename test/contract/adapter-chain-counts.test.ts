import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Urls } from './adapter-chain-kit.ts';
import { failureOf } from './adapter-kit.ts';

const urls = new Urls();
beforeAll(async () => {
  await urls.start();
  for (let n = 0; n < 4; n++) {
    const raw = urls.signed();
    await urls.port([urls.url]).send(raw);
    await urls.mined(raw);
    urls.nonce += 1;
  }
});
afterAll(() => urls.stop());

describe('counts and balances', () => {
  const counting = (count: string) =>
    urls.nodeThat((method) => (method === 'eth_getTransactionCount' ? { result: count } : 'forward'));
  const paying = (wei: string) =>
    urls.nodeThat((method) => (method === 'eth_getBalance' ? { result: wei } : 'forward'));
  const used = () => BigInt(urls.nonce);

  it('claimed: the most that any url says, so that none that lags keeps a rung from climbing', async () => {
    const stale = await counting('0x0');
    for (const need of [1, 2])
      expect(await urls.port([stale.url, urls.url], need).count(urls.from.address, 'claimed')).toBe(used());
    expect(await urls.port([urls.url, (await counting('0xff')).url], 2).count(urls.from.address, 'claimed')).toBe(255n);
  });

  it('latest: what as many as must agree have reached, or all that answer', async () => {
    const liar = await counting('0xff');
    const stale = await counting('0x0');
    const down = await urls.nodeThat(() => 'hang up');
    const latest = (of: string[], need: number) => urls.port(of, need).count(urls.from.address, 'latest');
    expect(await latest([liar.url, urls.url], 2)).toBe(used());
    const honest = await urls.nodeThat(() => 'forward');
    expect(await latest([stale.url, urls.url, honest.url], 2)).toBe(used());
    expect(await latest([liar.url, stale.url, urls.url], 2)).toBe(used());
    expect(await latest([down.url, urls.url], 2)).toBe(used());
    expect(await latest([stale.url, urls.url], 1)).toBe(used());
    expect(await failureOf(urls.port([down.url], 2).count(urls.from.address, 'latest'))).toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
  });

  it.each<[string, string[], bigint]>([
    ['one', ['0x5'], 5n],
    ['the lower of two', ['0x5', '0x3'], 3n],
    ['the middle of three: one that lies', ['0xffffffff', '0x3', '0x4'], 4n],
    ['the middle of three: one that lags', ['0x0', '0x4', '0x4'], 4n],
    ['of four', ['0x1', '0x9', '0x2', '0x3'], 2n],
  ])('a balance is the median: %s', async (_what, said, expected) => {
    const nodes = await Promise.all(said.map(paying));
    expect(await urls.port(nodes.map(({ url }) => url)).balance(urls.from.address)).toBe(expected);
  });
});
