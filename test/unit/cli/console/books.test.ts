import { afterEach, expect, test } from 'vitest';
import { KeyturnError } from '#schemas/codes.ts';
import { receiptObject } from '#schemas/names.ts';
import { startConsole, type TestConsole, type TestConsoleOptions } from '#test/support/cli/console.ts';
import { type CliHarness, lawJson, WALLET_ADDRESS } from '#test/support/cli/people.ts';
import { receiptWith } from '#test/support/receipt.ts';

const open: TestConsole[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});

const scene = async (options: TestConsoleOptions = {}, begin: (stage: CliHarness) => void = () => {}) => {
  const one = await startConsole({ me: 'finance', ...options }, begin);
  open.push(one);
  await one.enter();
  return one;
};

const DAY = Date.UTC(2026, 1, 20);

const settle = ({ storage }: CliHarness, n: number, over: object = {}): void => {
  const id = n.toString(16).padStart(64, '0');
  const name = receiptObject(id, DAY);
  const receipt = receiptWith({
    ...{ id, eventId: `lab-results/${name}`, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS },
    ...{ blockTime: '2026-02-20T00:00:00Z', reference: `invoice-${n}` },
    ...over,
  });
  storage.put('lab-results', name, { ...receipt });
};

test('receipts come in pages, filtered, each with what stands behind it, and with totals', async () => {
  const one = await scene({}, (stage) => {
    for (let n = 1; n <= 70; n++) settle(stage, n);
    stage.storage.put('lab-results', 'receipts/2026/02/20/'.concat('f'.repeat(64), '.json'), new Uint8Array([1]));
  });
  const first = await one.call('receipts', { page: 0 });
  expect(first).toMatchObject({ status: 200, total: 70, more: false, page: 0, size: 60 });
  if (!first.ok) throw new Error(first.message);
  expect(first.receipts).toHaveLength(60);
  // Nothing is in the register of this stage: a receipt alone is a function’s word, and is in no sum.
  expect(first.receipts[0]?.backing.kind).toBe('unverified');
  expect(first.totals).toMatchObject({ assets: [], fees: [], unverified: 70 });
  expect(first.totalLines).toEqual(['In no sum: 70 that nothing but a function’s word stands behind']);
  expect(first.unreadable).toHaveLength(1);
  const reads = one.stage.storage.calls.length;
  expect(await one.call('receipts', { page: 1 })).toMatchObject({ receipts: { length: 10 } });
  expect(one.stage.storage.calls.length, 'a second page is no second reading').toBe(reads);
  expect(await one.call('receipts', { page: 0, reference: 'invoice-7' })).toMatchObject({ total: 1 });
  expect(await one.call('receipts', { page: 0, month: '2026-01' })).toMatchObject({ total: 0 });
});

test.each([
  [{ since: 'yesterday' }, '--since'],
  [{ day: '2026-02-30' }, '--day'],
  [{ month: '2026-13' }, '--month'],
  [{ asset: '0x12' }, 'asset'],
])('a filter that is none is named: %j', async (filter, field) => {
  const one = await scene();
  expect(await one.call('receipts', { page: 0, ...filter })).toMatchObject({ status: 400, code: 'USAGE', field });
});

const windowed = (): Record<string, unknown> => {
  const [wallet] = lawJson().wallets as readonly Record<string, unknown>[];
  const policy = {
    ...(wallet?.policy as object),
    windows: [{ name: 'day', seconds: 86_400, maxWei: '1000000000000000000' }],
  };
  return { wallets: [{ ...wallet, policy }] };
};

test('wallets tell their windows’ room, register, turn and what cannot be seen', async () => {
  const one = await scene({ law: windowed() });
  const answer = await one.call('wallets', {});
  expect(answer).toMatchObject({
    ...{ status: 200, ok: true, name: 'lab', lab: true, paused: false, register: 'LAB: not locked' },
    wallets: [
      {
        ...{ name: 'treasury', chain: 'anvil', balanceWei: '3500000000000000000', nextNonce: '0', turn: null },
        windows: [
          {
            ...{ window: 'day', seconds: 86_400, asset: 'ETH', decimals: 18 },
            ...{ most: '1000000000000000000', used: '0', left: '1000000000000000000' },
            text: '1 ETH is left of 1 ETH in any 1 d',
          },
        ],
      },
    ],
  });
  one.stage.storage.fault = (_, bucket) =>
    bucket === 'lab-register' ? new KeyturnError('PERMISSION_DENIED', 'no') : undefined;
  expect(await one.call('wallets', {})).toMatchObject({
    status: 200,
    register: { unseen: 'PERMISSION_DENIED' },
    wallets: [{ nextNonce: { unseen: 'PERMISSION_DENIED' }, windows: { unseen: 'PERMISSION_DENIED' } }],
  });
});
