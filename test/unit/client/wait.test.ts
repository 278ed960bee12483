import { describe, expect, test } from 'vitest';
import type { MinedTransaction } from '#client/api.ts';
import { requestObject } from '#schemas/names.ts';
import { onStage, PAYEE, payment } from '#test/support/client/on-stage.ts';

const ONE_ETHER = 10n ** 18n;

/** A node that shows these transactions. */
const nodeOf = (mined: ReadonlyMap<string, MinedTransaction>) => ({ mined: async (hash: string) => mined.get(hash) });

describe('waiting', () => {
  test('an aborted wait ends at once, names the request, and withdraws nothing', async () => {
    const { client, pipeline } = onStage();
    const asked = await client.request(payment());
    const stop = new AbortController();
    const waiting = client.waitFor(asked, { until: 'final', signal: stop.signal });
    stop.abort(new Error('the page was closed'));
    const error = await waiting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'STOPPED_WAITING', id: asked.id, cause: { message: 'the page was closed' } });
    expect(`${error}`).toContain('the request goes on, and may still pay');
    expect(pipeline.isOpen(asked.id)).toBe(true);
    expect(pipeline.fact(asked.id, 'withdrawn')).toBeUndefined();
    // And one that was aborted before it began.
    await expect(client.waitFor(asked, { until: 'final', signal: stop.signal })).rejects.toMatchObject({
      code: 'STOPPED_WAITING',
    });
  });

  test('an abort does not wait for a call that hangs', async () => {
    const { client, pipeline } = onStage();
    const asked = await client.request(payment());
    const stop = new AbortController();
    pipeline.storage.before = { call: 'list', prefix: 'requests/', run: () => new Promise<void>(() => {}) };
    const waiting = client.waitFor(asked.id, { until: 'outcome', signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(waiting).rejects.toMatchObject({ code: 'STOPPED_WAITING' });
  });

  test('status follows the facts, and final is what the chain decided', async () => {
    const { client, pipeline } = onStage();
    const { id } = await client.request(payment());
    expect(await client.status(id)).toMatchObject({ stage: 'accepted', acceptedAt: '2027-01-01T00:00:00Z' });
    await pipeline.approve(id);
    expect(await client.status(id)).toMatchObject({ stage: 'approved', approvedBy: ['alice', 'bob'] });
    await pipeline.turn(1n);
    const submitted = await client.status(id);
    expect(submitted).toMatchObject({ stage: 'submitted', nonce: '0', approvedBy: ['alice', 'bob'] });
    pipeline.chain().mine();
    await pipeline.finalize(id);
    expect(await client.waitFor(id, { until: 'final' })).toMatchObject({ outcome: 'finalized', code: '' });
    expect(await client.status(id)).toMatchObject({ stage: 'decided', outcome: { outcome: 'finalized' } });
  });

  test('an end without a transaction is thrown by its code, and an outcome is any end', async () => {
    const { client, pipeline } = onStage();
    const asked = await client.request(payment());
    for (const who of ['alice', 'bob']) pipeline.reject(who, asked.id);
    for (let n = 0; n < 4; n++) await pipeline.tick();
    expect(await client.waitFor(asked, { until: 'outcome' })).toMatchObject({ outcome: 'rejected', code: 'REJECTED' });
    await expect(client.waitFor(asked, { until: 'final' })).rejects.toMatchObject({ code: 'REJECTED', id: asked.id });
    await expect(client.waitFor(asked, { until: 'mined', node: nodeOf(new Map()) })).rejects.toMatchObject({
      code: 'REJECTED',
    });
  });

  test('nothing is stored under an id that nobody asked for', async () => {
    const { client } = onStage();
    const id = 'a'.repeat(64);
    expect(await client.status(id)).toEqual({ stage: 'unknown', id });
    for (const bad of [`0x${id}`, id.toUpperCase(), 'invoice-7'])
      await expect(client.status(bad)).rejects.toMatchObject({ code: 'USAGE', field: 'id' });
  });

  test('a stored request that does not hash to its id is refused by name', async () => {
    const { client, pipeline } = onStage();
    const { id } = await client.request(payment());
    const fact = JSON.parse(JSON.stringify(pipeline.fact(id, 'request')));
    const other = 'b'.repeat(64);
    pipeline.storage.put(pipeline.buckets.results, requestObject(other), { ...fact, id: other });
    await expect(client.status(other)).rejects.toMatchObject({ code: 'ID_MISMATCH', id: other });
  });

  test('who may not read the results is told so, and does not wait for ever', async () => {
    const { client, pipeline } = onStage();
    const asked = await client.request(payment());
    const { denying } = await import('#test/support/memory-storage.ts');
    pipeline.storage.fault = denying(`${pipeline.buckets.results}/`);
    await expect(client.waitFor(asked, { until: 'accepted' })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

// Of threat 91 in docs/threats.md.
describe('mined, by a node of the dApp’s own', () => {
  const submitted = async () => {
    const on = onStage();
    const asked = await on.client.request(payment());
    await on.pipeline.approve(asked.id);
    await on.pipeline.turn(1n);
    const status = await on.client.status(asked.id);
    if (status.stage !== 'submitted') throw new Error(status.stage);
    const hashes = status.transactionHashes;
    const honest: MinedTransaction = {
      hash: hashes[1] ?? '',
      from: on.pipeline.wallet.address.toLowerCase(),
      to: PAYEE.toLowerCase(),
      value: ONE_ETHER,
      data: '0x',
      reverted: false,
    };
    return { ...on, asked, hashes, honest };
  };

  test('any of what was signed may be it', async () => {
    const { client, asked, honest } = await submitted();
    const node = nodeOf(new Map([[honest.hash, honest]]));
    expect(await client.waitFor(asked, { until: 'mined', node })).toBe(honest);
  });

  test.each<[string, Partial<MinedTransaction>]>([
    ['from another address', { from: PAYEE }],
    ['to another payee', { to: '0x0000000000000000000000000000000000000001' }],
    ['of another amount', { value: 1n }],
    ['with a call', { data: '0xa9059cbb' }],
    ['that creates a contract', { to: null }],
  ])('a hash that names a transaction %s is not believed', async (_, over) => {
    const { client, asked, honest } = await submitted();
    const node = nodeOf(new Map([[honest.hash, { ...honest, ...over }]]));
    await expect(client.waitFor(asked, { until: 'mined', node })).rejects.toMatchObject({
      code: 'MINED_MISMATCH',
      id: asked.id,
    });
  });

  test('a node that fails now and then is asked again, one that only fails is not', async () => {
    const { client, asked, honest } = await submitted();
    let calls = 0;
    const shaky = {
      mined: async (hash: string) => {
        calls += 1;
        if (calls < 4) throw new Error('busy');
        return hash === honest.hash ? honest : undefined;
      },
    };
    expect(await client.waitFor(asked, { until: 'mined', node: shaky })).toBe(honest);
    const down = { mined: () => Promise.reject(new Error('down')) };
    await expect(client.waitFor(asked, { until: 'mined', node: down })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      cause: { message: 'down' },
    });
  });
});
