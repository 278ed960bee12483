import { Wallet } from 'ethers';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import type { PaymentFields, Requester } from '#client/api.ts';
import { digestOf } from '#schemas/digest.ts';
import { parseRequest } from '#schemas/request.ts';
import { onStage, PAYEE, payment } from '#test/support/client/on-stage.ts';
import { stage } from '#test/support/stage.ts';

const KEY = `0x${'4'.repeat(64)}` as const;

describe('a request of a dApp', () => {
  test('is known by its id before anything is published, and published under that id', async () => {
    const { client, pipeline, published } = onStage();
    const prepared = await client.prepare(payment());
    expect(published).toEqual([]);
    const asked = await client.request(prepared);
    expect(asked).toMatchObject({ id: prepared.id, already: false, request: prepared.request });
    expect(published).toEqual([`lab-transaction-requests {} ${JSON.stringify(prepared.request)}`]);
    // The id by another way: the digest of what was published.
    const text = published[0]?.slice('lab-transaction-requests {} '.length) ?? '';
    expect(digestOf(parseRequest(JSON.parse(text)), pipeline.wallet.address, pipeline.buckets.register)).toBe(asked.id);
    expect(await client.waitFor(asked, { until: 'accepted' })).toMatchObject({
      stage: 'accepted',
      id: asked.id,
      request: { reference: 'invoice-7', to: PAYEE, value: '1000000000000000000', requester: 'dapp' },
    });
  });

  test('that was kept as JSON is the very same request after a crash, and is published once', async () => {
    const { client, pipeline, published } = onStage();
    const kept = JSON.stringify(await client.prepare(payment()));
    const first = await client.request(JSON.parse(kept));
    pipeline.clock.advance(5000);
    const second = await client.request(JSON.parse(kept));
    expect(second).toMatchObject({ id: first.id, already: true });
    expect(published).toHaveLength(1);
    // Also when its time is over: it was accepted, and may be paid.
    pipeline.clock.advance(2 * 3_600_000);
    expect(await client.request(JSON.parse(kept))).toMatchObject({ already: true });
  });

  test.each<[string, Partial<PaymentFields>, string, string]>([
    ['an address without its checksum', { to: PAYEE.toLowerCase() }, 'BAD_FIELD', 'to'],
    ['money with a sign', { value: -1n }, 'BAD_FIELD', 'value'],
    ['another wallet', { wallet: 'cold' }, 'UNKNOWN_WALLET', 'wallet'],
    ['another chain', { chainId: 1 }, 'UNKNOWN_CHAIN', 'chainId'],
    ['one of two chains', { chainId: undefined }, 'USAGE', 'chainId'],
    ['a time that is over', { validUntil: new Date(0) }, 'EXPIRED', 'validUntil'],
    ['more than the policy allows', { value: 10n ** 24n }, 'POLICY_DENIED', 'value'],
    ['no gas, and no node', { gasLimit: undefined }, 'MISSING_FIELD', 'gasLimit'],
    ['a tip above the ceiling', { maxPriorityFeePerGas: 10n ** 12n }, 'BAD_FIELD', 'maxPriorityFeePerGas'],
    ['a reference that is none', { reference: 'with space' }, 'BAD_FIELD', 'reference'],
    ['no reference', { reference: '' }, 'REFERENCE_MISSING', 'reference'],
  ])('is refused before it is published: %s', async (_, over, code, field) => {
    const { client, published } = onStage();
    await expect(client.request(payment(over))).rejects.toMatchObject({ name: 'KeyturnError', code, field });
    expect(published).toEqual([]);
  });

  test('a second payment under one reference is refused with the request that has it', async () => {
    const { client } = onStage();
    const first = await client.request(payment());
    const second = await client.request(payment({ value: 5n }));
    expect(second.id).not.toBe(first.id);
    await expect(client.waitFor(second, { until: 'accepted' })).rejects.toMatchObject({
      code: 'REFERENCE_USED',
      field: 'reference',
      id: first.id,
    });
  });

  test('an old refusal of the same bytes is no answer to a new try', async () => {
    const on = onStage({ pipeline: stage({ limits: { maxOpenPerRequester: 1 } }) });
    const { client, pipeline } = on;
    const open = await client.request(payment({ reference: 'first' }));
    const prepared = await client.prepare(payment({ reference: 'second' }));
    const refused = await client.request(prepared);
    await expect(client.waitFor(refused, { until: 'accepted' })).rejects.toMatchObject({ code: 'TOO_MANY_OPEN' });
    for (const who of ['alice', 'bob']) pipeline.reject(who, open.id);
    for (let n = 0; n < 4; n++) await pipeline.tick();
    const again = await client.request(prepared);
    expect(await client.waitFor(again, { until: 'accepted' })).toMatchObject({ stage: 'accepted', id: prepared.id });
  });
});

describe('a request that the requester signs', () => {
  const wallet = new Wallet(KEY);
  const byEthers: Requester = {
    address: wallet.address,
    signTypedData: ({ domain, types, message }) =>
      wallet.signTypedData(domain, { Request: [...types.Request] }, message),
  };
  test('by an account of viem, as it is, or by a signer of ethers: both come to one signature', async () => {
    const account = privateKeyToAccount(KEY);
    const one = await onStage({ requester: account }).client.prepare(payment());
    const other = await onStage({ requester: byEthers }).client.prepare(payment());
    expect(one.request.requesterSignature).toMatch(/^0x[0-9a-f]{128}(1b|1c)$/);
    expect(one).toEqual(other);
    expect(one.request.requester).toBe(wallet.address);
  });

  test('a signer that signs with another key, or something else, is refused here', async () => {
    const other = privateKeyToAccount(`0x${'5'.repeat(64)}`);
    const swapped: Requester = { address: wallet.address, signTypedData: (typed) => other.signTypedData(typed) };
    const altered: Requester = {
      address: wallet.address,
      signTypedData: (typed) =>
        byEthers.signTypedData({
          ...typed,
          message: { ...typed.message, to: '0x0000000000000000000000000000000000000001' },
        }),
    };
    const garbage: Requester = { address: wallet.address, signTypedData: async () => `0x${'0'.repeat(130)}` };
    for (const requester of [swapped, altered, garbage])
      await expect(onStage({ requester }).client.prepare(payment())).rejects.toMatchObject({
        code: 'BAD_SIGNATURE',
        field: 'requesterSignature',
      });
  });
});

describe('gas and fees that are left out', () => {
  const node = {
    estimateGas: async () => 40_000n,
    baseFee: async () => 10n ** 9n,
    tips: async () => ({ suggested: 10n ** 8n, paid: [] }),
  };
  const bare = { gasLimit: undefined, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined };

  test('are filled in from a node: a quarter more gas, twice the base fee and the tip', async () => {
    const { request } = await onStage().client.prepare(payment(bare), { node });
    expect(request).toMatchObject({ gasLimit: '50000', maxFeePerGas: '2100000000', maxPriorityFeePerGas: '100000000' });
  });

  test('those that are given stay', async () => {
    const { request } = await onStage().client.prepare(payment({ ...bare, maxFeePerGas: 5n * 10n ** 7n }), { node });
    expect(request).toMatchObject({ maxFeePerGas: '50000000', maxPriorityFeePerGas: '50000000' });
  });

  test('a node that knows no tip, or no base fee, is told from one that fails', async () => {
    const { client } = onStage();
    const silent = { ...node, tips: async () => ({ suggested: undefined, paid: [] }) };
    await expect(client.prepare(payment(bare), { node: silent })).rejects.toMatchObject({
      code: 'MISSING_FIELD',
      field: 'maxPriorityFeePerGas',
    });
    const old = { ...node, baseFee: async () => undefined };
    await expect(client.prepare(payment(bare), { node: old })).rejects.toMatchObject({
      code: 'MISSING_FIELD',
      field: 'maxFeePerGas',
    });
    const down = { ...node, estimateGas: () => Promise.reject(new Error('down')) };
    await expect(client.prepare(payment(bare), { node: down })).rejects.toThrow('down');
  });
});
