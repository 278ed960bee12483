import { describe, expect, test } from 'vitest';
import { decideRegisterPeriod } from '#core/decide/register-period.ts';
import { closeBytes } from '#core/register/entry.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import { checkPeriods } from '#functions/reconcile/register-period.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { sealObject } from '#schemas/names.ts';
import { type Pipeline, START, stage } from '#test/support/stage.ts';

const DAY = 86_400_000;

describe('when the newest seal is nearly as old as the retention', () => {
  test.each([
    // Retention in days, and the day on which the alarm begins. 14 days before the end, 10 % of a long period, half of a short one.
    [400, 360],
    [365, 328.5],
    [90, 76],
    [30, 16],
    [28, 14],
    [20, 10],
    [10, 5],
  ])('%i days: from day %d on', (days, from) => {
    const at = (age: number) => decideRegisterPeriod(START, days * DAY, START + age);
    expect(at(from * DAY - 1)).toEqual({ kind: 'fine' });
    expect(at(from * DAY)).toEqual({ kind: 'near', deletableAt: START + days * DAY });
    expect(at((days + 100) * DAY)).toEqual({ kind: 'near', deletableAt: START + days * DAY });
  });

  test('a wallet that never sealed anything has nothing to lose', () => {
    expect(decideRegisterPeriod(undefined, DAY, START + 1000 * DAY)).toEqual({ kind: 'fine' });
  });
});

describe('reconcile', () => {
  const RETENTION = 90;
  const locked = (s: Pipeline, over: { lock?: 'required' | 'off' } = {}) => ({
    ...s.context,
    periodChecks: new Map<string, number>(),
    law: {
      ...s.config.law,
      register: { projectNumber: '1', lock: 'required' as const, retentionSeconds: RETENTION * 86_400, ...over },
    },
  });
  const alarms = (s: Pipeline) => s.log.lines.filter(({ event }) => event === 'reconcile.register-period');
  const close = (s: Pipeline, seq: bigint) =>
    s.storage.put(
      s.buckets.register,
      sealObject('31337', s.wallet.address, seq),
      closeBytes([{ id: 'f'.repeat(64), code: 'REJECTED', reason: 'no' }]),
    );

  test('says so, by wallet and chain, and only of the one that is old', async () => {
    const s = stage();
    await s.submit();
    s.clock.advance(75 * DAY);
    await checkPeriods(locked(s));
    expect(alarms(s)).toEqual([]);
    s.clock.advance(2 * DAY);
    await checkPeriods(locked(s));
    expect(alarms(s)).toMatchObject([
      {
        level: 'alarm',
        fields: { wallet: 'hot', chainId: '31337', code: 'REGISTER_PERIOD', deletableAt: '2027-04-01T00:00:00Z' },
      },
    ]);
  });

  test('a new seal ends it; a close, junk, a copy and a replacement do not', async () => {
    const s = stage();
    const id = await s.submit();
    const [name = ''] = s.seals();
    const copy = await s.storage.read(s.buckets.register, name);
    s.clock.advance(80 * DAY);
    close(s, 1n);
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, 2n), Buffer.from('junk'));
    s.storage.put(s.buckets.register, sealObject('31337', s.wallet.address, 3n), copy?.bytes ?? new Uint8Array());
    s.storage.put(s.buckets.register, `${sealObject('31337', s.wallet.address, 4n)}.txt`, Buffer.from('x'));
    await s.submit(
      {
        reference: 'replacement',
        replaces: id,
        nonce: '0',
        value: '0',
        maxFeePerGas: '60000000000',
        maxPriorityFeePerGas: '2000000000',
      },
      2n,
    );
    expect(s.seals()).toHaveLength(6);
    await checkPeriods(locked(s));
    expect(alarms(s)).toHaveLength(1);
    await s.submit({ reference: 'of-nothing', value: '0' }, 3n);
    expect(s.seals()).toHaveLength(7);
    await checkPeriods(locked(s));
    expect(alarms(s)).toHaveLength(1);
  });

  test('more closes than a page holds hide no seal; more than anybody makes are alarmed for themselves', async () => {
    const s = stage();
    await s.submit();
    for (let n = 1n; n <= 60n; n++) close(s, n);
    await checkPeriods(locked(s));
    expect(alarms(s)).toEqual([]);
    for (let n = 61n; n <= 600n; n++) close(s, n);
    await checkPeriods(locked(s));
    expect(alarms(s)).toMatchObject([{ fields: { reason: expect.stringContaining('newest 500 entries') } }]);
  });

  test('a lab without a lock promises nothing, and a wallet without seals has none to lose', async () => {
    const s = stage();
    await checkPeriods(locked(s));
    await s.submit();
    s.clock.advance(200 * DAY);
    await checkPeriods(locked(s, { lock: 'off' }));
    expect(alarms(s)).toEqual([]);
  });

  test('once a day for each log, however many ticks: one LIST, and the newest entry', async () => {
    const s = stage();
    for (let n = 0; n < 3; n++) await s.submit({ reference: `r${n}` }, BigInt(n + 1));
    s.chain().mine();
    const context = locked(s);
    for (const id of s.storage.names(s.buckets.work, 'open/')) await s.finalize(id.slice(-64));
    s.clock.advance(80 * DAY);
    s.storage.calls.length = 0;
    const prefix = `seals/31337/${s.wallet.address}/`;
    for (let tick = 0; tick < 1440; tick++) {
      await reconcile(context);
      s.clock.advance(60_000);
    }
    expect(s.storage.calls.filter((call) => call.includes('/seals/'))).toEqual([
      `list lab-register/${prefix}`,
      `read lab-register/${s.seals()[0]}`,
      `list lab-register/seals/31338/${s.wallet.address}/`,
    ]);
    expect(alarms(s)).toHaveLength(1);
    await reconcile(context);
    expect(alarms(s)).toHaveLength(2);
  });

  test('a register that cannot be read is said, keeps nothing waiting, and is read again at the next tick', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    s.clock.advance(60_000);
    s.storage.fault = (_, bucket) =>
      bucket === s.buckets.register ? new KeyturnError('PERMISSION_DENIED', 'no') : undefined;
    const context = locked(s);
    await reconcile(context);
    const events = s.log.lines.map(({ event }) => event);
    expect(events).toContain('reconcile.done');
    expect(s.log.lines).toContainEqual(
      expect.objectContaining({
        event: 'reconcile.fault',
        fields: expect.objectContaining({ wallet: 'hot', chainId: '31337', code: 'PERMISSION_DENIED' }),
      }),
    );
    expect(context.periodChecks.size).toBe(0);
  });
});
