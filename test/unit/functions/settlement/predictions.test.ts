import { describe, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { type Prediction, predictionBytes } from '#schemas/prediction.ts';
import { denying } from '#test/support/memory-storage.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const BOB = '0x4242424242424242424242424242424242424242';

/** Alice was shown that 7 units of a token would leave. The chain logs nothing of it. */
const wrong = (s: Pipeline, id: string, over: Partial<Prediction> = {}): Uint8Array =>
  predictionBytes({
    ...{ version: '1', id, coSigner: 'alice', at: '2027-01-01T00:00:00Z', nodes: '2' },
    ...{ succeeds: 'yes', reason: '', gasUsed: '21000', etherTraced: 'yes', complete: 'yes' },
    moves: [{ standard: 'erc20', address: TOKEN, tokenId: '', from: s.wallet.address, to: BOB, amount: '7' }],
    allows: [],
    ...over,
  });

const put = (s: Pipeline, id: string, bytes: Uint8Array, coSigner = 'alice') =>
  s.storage.put(s.buckets.keys, `${coSigner}/predictions/${id}`, bytes);

/** What the receipt of a request that was mined and is final says of deviations. */
const settled = async (s: Pipeline, id: string): Promise<unknown> => {
  s.chain().mine();
  await s.finalize(id);
  expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  expect(s.announced('keyturn.receipt', id)).toHaveLength(1);
  const [name = ''] = s.storage.names(s.buckets.results, 'receipts/');
  return (s.storage.json(s.buckets.results, name) as { deviations: unknown }).deviations;
};

const DEVIATION = {
  ...{ code: 'MOVED_OTHERWISE', standard: 'erc20', address: TOKEN, tokenId: '' },
  ...{ expected: '7', actual: '0', coSigner: 'alice' },
};

describe('what an approver was shown, and did not happen', () => {
  test('is a deviation of the receipt, and of its event for finance', async () => {
    const s = stage();
    const id = await s.submit();
    put(s, id, wrong(s, id));
    expect(await settled(s, id)).toEqual([DEVIATION]);
    const [event] = s.announced('keyturn.receipt', id);
    expect(JSON.parse(new TextDecoder().decode(event?.data))).toMatchObject({ deviations: [DEVIATION] });
  });

  test('is found by reconcile as well', async () => {
    const s = stage();
    const id = await s.submit();
    put(s, id, wrong(s, id));
    s.chain().mine();
    await s.tick();
    const [name = ''] = s.storage.names(s.buckets.results, 'receipts/');
    expect(s.storage.json(s.buckets.results, name)).toMatchObject({ deviations: [DEVIATION] });
  });

  test('is told once: a receipt that is there stays as it is, whatever lies there later', async () => {
    const s = stage();
    const id = await s.submit();
    expect(await settled(s, id)).toEqual([]);
    put(s, id, wrong(s, id));
    await s.finalize(id);
    await s.tick();
    expect(s.announced('keyturn.receipt', id)).toHaveLength(1);
  });
});

describe('threat 106: no prediction keeps a receipt from being written', () => {
  const junk: readonly [string, (s: Pipeline, id: string) => void][] = [
    ['one that is not there', () => {}],
    ['one that is empty', (s, id) => put(s, id, new Uint8Array())],
    ['one that is no JSON', (s, id) => put(s, id, Uint8Array.of(0xff, 0xfe))],
    ['one of another form', (s, id) => put(s, id, new TextEncoder().encode('{"version":"1"}'))],
    ['one as large as a share bucket lets it be', (s, id) => put(s, id, new Uint8Array(1024 * 1024).fill(0x20))],
    ['one nested without end', (s, id) => put(s, id, new TextEncoder().encode('['.repeat(60_000)))],
    ['one of another request', (s, id) => put(s, id, wrong(s, 'b'.repeat(64)))],
    ['one in another co-signer’s name', (s, id) => put(s, id, wrong(s, id, { coSigner: 'bob' }))],
    ['one of a holder who did not approve', (s, id) => put(s, id, wrong(s, id, { coSigner: 'holder-3' }), 'holder-3')],
  ];
  test.each(junk)('%s says nothing', async (_, lay) => {
    const s = stage();
    const id = await s.submit();
    lay(s, id);
    expect(await settled(s, id)).toEqual([]);
  });

  test('one that this function may not read is passed over, and that is logged', async () => {
    const s = stage();
    const id = await s.submit();
    put(s, id, wrong(s, id));
    s.storage.fault = denying(`${s.buckets.keys}/alice/predictions/`);
    expect(await settled(s, id)).toEqual([]);
    expect(s.log.lines).toContainEqual(
      expect.objectContaining({
        event: 'settle.prediction',
        fields: expect.objectContaining({ coSigner: 'alice', code: 'PERMISSION_DENIED' }),
      }),
    );
  });

  test('a bucket that does not answer delays it by seconds alone', async () => {
    const s = stage();
    const id = await s.submit();
    const honest = s.storage.read.bind(s.storage);
    s.storage.read = (bucket, name, ...rest) =>
      name.includes('/predictions/') ? new Promise(() => {}) : honest(bucket, name, ...rest);
    const before = s.clock.now();
    expect(await settled(s, id)).toEqual([]);
    expect(s.clock.now() - before).toBeLessThan(10_000);
  });

  test('one of two that cannot be read hides not the other', async () => {
    const s = stage();
    const id = await s.submit();
    put(s, id, wrong(s, id, { coSigner: 'bob' }), 'bob');
    put(s, id, Uint8Array.of(0xff));
    expect(await settled(s, id)).toEqual([{ ...DEVIATION, coSigner: 'bob' }]);
  });

  test('a fault of keyturn itself is no prediction, and is thrown', async () => {
    const s = stage();
    const id = await s.submit();
    s.storage.fault = (_, __, name) => (name.includes('/predictions/') ? new TypeError('of ours') : undefined);
    s.chain().mine();
    await expect(s.finalize(id)).rejects.toThrow('of ours');
  });

  test('a fault of the cloud is passed over too', async () => {
    const s = stage();
    const id = await s.submit();
    s.storage.fault = (_, __, name) =>
      name.includes('/predictions/') ? new KeyturnError('UNAVAILABLE', 'storage: HTTP 503') : undefined;
    expect(await settled(s, id)).toEqual([]);
  });
});

test('nothing is read before a receipt can be written', async () => {
  const s = stage();
  const id = await s.submit();
  await s.finalize(id);
  expect(s.storage.calls.filter((call) => call.includes('/predictions/'))).toEqual([]);
});
