import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BATCH as BATCH_OF_ADAPTER } from '#adapters/chain/rpc-batch.ts';
import type { ChainClient, Storage } from '#core/ports.ts';
import { type Counts, countingChain, countingStorage, MAX_BATCH, noCounts } from '#test/bench/probes/counted.ts';
import { startProxy } from '../faults/proxy.ts';
import { Urls } from './adapter-chain-kit.ts';
import { ADAPTER, BUCKET, bench, bytesOf, closeAll } from './storage-port-kit.ts';

/**
 * The bench counts at the ports, where counts are exact, and says what that is on the wire. Here the deployed adapters make the same calls over
 * the wire, which is counted by the services.
 */
const urls = new Urls();
beforeAll(() => urls.start());
afterAll(async () => {
  await urls.stop();
  await closeAll();
});

describe('calls of Cloud Storage', () => {
  const KINDS: Readonly<Record<string, keyof Counts>> = {
    'storage.objects.get': 'get',
    'storage.buckets.get': 'get',
    'storage.objects.list': 'list',
    'storage.objects.insert': 'insert',
    'storage.objects.patch': 'patch',
    'storage.objects.delete': 'delete',
  };

  it.each<[string, (storage: Storage) => Promise<unknown>]>([
    ['a new object', (storage) => storage.createOnce(BUCKET, 'new', bytesOf('1'))],
    ['one whose name is taken', (storage) => storage.createOnce(BUCKET, 'old', bytesOf('1'))],
    ['a read of a name', (storage) => storage.read(BUCKET, 'old')],
    ['a read of nothing', (storage) => storage.read(BUCKET, 'none')],
    ['a stat', (storage) => storage.stat(BUCKET, 'old')],
    ['a stat of nothing', (storage) => storage.stat(BUCKET, 'none')],
    ['a listing', (storage) => storage.list(BUCKET, '')],
    ['new metadata', (storage) => storage.setMetadata(BUCKET, 'old', { stage: 'late' })],
    ['a removal', (storage) => storage.delete(BUCKET, 'old')],
    ['what a bucket says of itself', (storage) => storage.settings(BUCKET)],
    [
      'a read of what stands where something was to be created',
      async (storage) =>
        storage.read(BUCKET, 'old', { listed: (await storage.createOnce(BUCKET, 'old', bytesOf('1'))).object }),
    ],
    [
      'a read of what was listed',
      async (storage) => {
        const [listed] = (await storage.list(BUCKET, 'old')).objects;
        return storage.read(BUCKET, 'old', listed === undefined ? {} : { listed });
      },
    ],
  ])('%s', async (_, run) => {
    const { ours, world } = await bench(ADAPTER);
    await ours.createOnce(BUCKET, 'old', bytesOf('0'), { stage: 'early' });
    const wire = noCounts();
    world.faults.watch(({ method, phase }) => {
      const kind = KINDS[method];
      if (phase === 'before' && kind !== undefined) wire[kind] += 1;
    });
    const counted = noCounts();
    await run(countingStorage(ours, counted));
    expect(counted).toEqual(wire);
    expect(Object.values(wire).some((count) => count > 0)).toBe(true);
  });
});

it('cuts sends into batches as the adapter does', () => {
  expect(MAX_BATCH).toBe(BATCH_OF_ADAPTER);
});

describe('calls of one url of a chain', () => {
  it.each<[string, (chain: ChainClient) => Promise<unknown>]>([
    ['a send', (chain) => chain.send(urls.signed())],
    ['a receipt of nothing', (chain) => chain.receipt(`0x${'1'.repeat(64)}`)],
    ['the newest block', (chain) => chain.block('latest')],
    ['a count', (chain) => chain.count(urls.from.address, 'latest')],
    ['a balance', (chain) => chain.balance(urls.from.address)],
  ])('%s', async (_, run) => {
    const asked: string[] = [];
    const proxy = await startProxy({
      target: urls.url,
      judge: ({ method }) => {
        if (method !== 'eth_chainId') asked.push(method);
        return 'pass';
      },
    });
    urls.closeLater(proxy.close);
    const counted = noCounts();
    await run(countingChain(urls.port([proxy.url]), counted));
    expect(asked).toHaveLength(counted.rpc);
  });
});
