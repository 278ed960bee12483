import { keccak256 } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { refused, Urls } from './adapter-chain-kit.ts';

const urls = new Urls();
beforeAll(() => urls.start());
afterAll(() => urls.stop());

describe('which transaction used a nonce', () => {
  const heightOf = (param: unknown): bigint => BigInt(z.string().regex(/^0x/).parse(param));
  let head = 0n;
  /** A node that keeps the state of so many blocks, as geth and its children say it. */
  const keeping = (blocks: bigint) =>
    urls.nodeThat((method, params) => {
      if (method !== 'eth_getTransactionCount' || params[1] === 'latest') return 'forward';
      return heightOf(params[1]) < head - blocks
        ? refused('missing trie node d67e4d450343046425ae4271474353857ab860db')
        : 'forward';
    });
  const hashes: string[] = [];

  beforeAll(async () => {
    for (let n = 0; n < 4; n++) {
      const raw = urls.signed();
      await urls.node('eth_sendRawTransaction', [raw]);
      hashes.push(keccak256(raw));
      urls.nonce += 1;
      // Blocks between them, so that the halves have something to decide.
      await urls.node('anvil_mine', [`0x${(n * 7 + 1).toString(16)}`]);
    }
    await urls.node('anvil_mine', ['0x12c']);
    head = (await urls.port([urls.url]).block('latest'))?.number ?? 0n;
  });
  const first = () => BigInt(urls.nonce - hashes.length);

  it('is found over anvil, which keeps all state, for each nonce', async () => {
    const port = urls.port([urls.url]);
    for (const [n, hash] of hashes.entries())
      expect(await port.minedAt(urls.from.address, first() + BigInt(n))).toEqual({ used: true, hashes: [hash] });
    expect(await port.minedAt(urls.from.address, BigInt(urls.nonce))).toEqual({ used: false, hashes: [] });
    expect(await port.minedAt(`0x${'77'.repeat(20)}`, 0n)).toEqual({ used: false, hashes: [] });
  });

  it('a node without the state of that time says that it is used, and no more', async () => {
    const port = urls.port([(await keeping(128n)).url]);
    expect(await port.minedAt(urls.from.address, first())).toEqual({ used: true, hashes: [] });
    expect(await port.minedAt(urls.from.address, BigInt(urls.nonce))).toEqual({ used: false, hashes: [] });
  });

  it('within the state that is kept it is found', async () => {
    const last = hashes.length - 1;
    const depth = head - ((await urls.port([urls.url]).receipt(hashes[last] ?? ''))?.blockNumber ?? 0n);
    expect(depth).toBeGreaterThan(128n);
    expect(
      await urls.port([(await keeping(2n * depth + 2n)).url]).minedAt(urls.from.address, first() + BigInt(last)),
    ).toEqual({
      used: true,
      hashes: [hashes[last]],
    });
  });

  it('a url that lies about a block names one hash, not hundreds', async () => {
    const many = Array.from({ length: 500 }, (_, n) => ({
      hash: `0x${n.toString(16).padStart(64, '0')}`,
      from: urls.from.address,
      nonce: '0x0',
    }));
    const liar = await urls.nodeThat((method, params) =>
      method === 'eth_getBlockByNumber' && params[1] === true ? { result: { transactions: many } } : 'forward',
    );
    const height = (await urls.port([urls.url]).receipt(hashes[0] ?? ''))?.blockNumber ?? 0n;
    const named = await urls.port([liar.url, urls.url], 2).minedIn(height, urls.from.address, first());
    expect(named).toContain(hashes[0]);
    expect(named.length).toBeLessThanOrEqual(2);
  });

  it('every url is heard: a liar hides nothing, and cannot alone have blocks searched', async () => {
    const liar = await urls.nodeThat((method) =>
      method === 'eth_getTransactionCount' ? { result: '0x0' } : 'forward',
    );
    const boaster = await urls.nodeThat((method) =>
      method === 'eth_getTransactionCount' ? { result: '0xffff' } : 'forward',
    );
    const pruned = await keeping(128n);
    expect(await urls.port([liar.url, urls.url], 2).minedAt(urls.from.address, first())).toEqual({
      used: false,
      hashes: [hashes[0]],
    });
    expect(await urls.port([pruned.url, urls.url], 2).minedAt(urls.from.address, first())).toEqual({
      used: true,
      hashes: [hashes[0]],
    });
    expect(await urls.port([boaster.url, urls.url], 2).minedAt(urls.from.address, BigInt(urls.nonce))).toEqual({
      used: false,
      hashes: [],
    });
  });

  it('and is in the body of its block, which nodes keep', async () => {
    const port = urls.port([(await keeping(128n)).url, urls.url], 2);
    const height = (await port.receipt(hashes[0] ?? ''))?.blockNumber ?? 0n;
    expect(await port.minedIn(height, urls.from.address, first())).toEqual([hashes[0]]);
    expect(await port.minedIn(height, urls.from.address, first() + 1n)).toEqual([]);
    expect(await port.minedIn(height, `0x${'77'.repeat(20)}`, first())).toEqual([]);
    expect(await port.minedIn(10n ** 9n, urls.from.address, first())).toEqual([]);
  });
});
