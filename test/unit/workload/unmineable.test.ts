import { describe, expect, test } from 'vitest';
import { markOf } from '#core/facts/marks.ts';
import { openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

/** What is sealed takes a nonce for ever. So nodes are asked before, and only what no block could hold waits (threat 11). */
const asked = async (s: Pipeline, fields: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(fields);
  await s.approve(id);
  return id;
};
const nonceOf = (s: Pipeline, id: string): string | undefined =>
  (s.fact(id, 'submitted') as { nonce: string } | undefined)?.nonce;
const waitOf = async (s: Pipeline, id: string) => {
  const object = await s.storage.stat(s.buckets.work, openObject('hot', id));
  return object === undefined ? undefined : markOf(object)?.wait;
};

const POOR = { balance: 1n };
const SMALL = { gasLimit: '21000' };
const BIG = { gasLimit: '400000', reference: 'big' };
const small = (blockGas: bigint) => ({ block: { number: 1n, gasLimit: blockGas, baseFeePerGas: 1n } });

describe('threat 11: what nodes say before a seal', () => {
  test('is asked once for a whole batch, and before a share is opened', async () => {
    const s = stage();
    for (let n = 0; n < 5; n++) await asked(s, { reference: `r${n}` });
    const chain = s.chain();
    const seen: number[] = [];
    const report = chain.report.bind(chain);
    chain.report = (...args) => {
      seen.push(s.keys.decryptions);
      return report(...args);
    };
    await s.turn();
    expect([s.seals().length, seen]).toEqual([1, [0]]);
  });

  test('holds nothing up where one of two urls says it', async () => {
    const s = stage();
    Object.assign(s.chain(), { agreement: 2, urls: [POOR, {}] });
    const id = await asked(s);
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
  });

  test('nor where the one that lies is the only one that answers, and the other is silent', async () => {
    const s = stage();
    Object.assign(s.chain(), { agreement: 2, urls: [POOR, 'silent'] });
    const id = await asked(s);
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
  });

  test('holds up where as many say it as the law asks for, and the mark says why, with the numbers', async () => {
    const s = stage();
    Object.assign(s.chain(), { agreement: 2, urls: [POOR, {}, POOR] });
    const id = await asked(s);
    await s.turn();
    expect(nonceOf(s, id)).toBeUndefined();
    expect(await waitOf(s, id)).toMatchObject({
      code: 'BALANCE_LOW',
      numbers: { balanceWei: 1n, neededWei: 10n ** 18n + 21_000n * 30n * 10n ** 9n },
    });
  });

  test('chooses no nonce, rung or order: with what a majority says, the same bytes come out as without', async () => {
    const outcome = async (urls: unknown) => {
      const s = stage();
      Object.assign(s.chain(), { agreement: 2, urls });
      const ids = [await asked(s, { reference: 'one' }), await asked(s, { reference: 'two' })];
      await s.turn();
      return { nonces: ids.map((id) => nonceOf(s, id)), sent: s.chain().sends };
    };
    const lies = { balance: 10n ** 30n, tip: 10n ** 15n, ...small(10n ** 12n) };
    expect(await outcome([lies, lies, {}])).toEqual(await outcome([{}, {}, {}]));
  });

  test('is waited for three seconds at most, all urls together: what was told by then counts', async () => {
    const s = stage();
    Object.assign(s.chain(), { agreement: 2, urls: [{}, 'hangs'] });
    const id = await asked(s);
    const before = s.clock.now();
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
    expect(s.clock.now() - before).toBeLessThan(10_000);
  });

  test('is nothing where no url answers in time: nobody takes a nonce, and the mark says so', async () => {
    const s = stage();
    s.chain().urls = ['hangs'];
    const id = await asked(s);
    await s.turn();
    expect([s.seals(), s.keys.decryptions]).toEqual([[], 0]);
    expect(await waitOf(s, id)).toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    s.chain().urls = [{}];
    await s.turn(2n);
    expect(nonceOf(s, id)).toBe('0');
  });
});

describe('threat 11: a request that no block could hold', () => {
  test('waits for larger blocks; others pass it', async () => {
    const s = stage();
    s.chain().gasLimit = 300_000n;
    const big = await asked(s, BIG);
    const other = await asked(s, SMALL);
    await s.turn();
    expect([nonceOf(s, big), nonceOf(s, other)]).toEqual([undefined, '0']);
    expect(await waitOf(s, big)).toMatchObject({
      code: 'GAS_ABOVE_BLOCK',
      numbers: { gas: 400_000n, gasLimit: 300_000n },
    });
  });

  test('keeps its place: once it can go, it goes before what came later, however long it would rest', async () => {
    const s = stage({ operations: { idleSeconds: 60 } });
    const chain = s.chain();
    chain.gasLimit = 300_000n;
    const big = await asked(s, BIG);
    let later = '';
    const report = chain.report.bind(chain);
    chain.report = async (...args) => {
      await report(...args);
      // After 1, 2, 4 and 8 seconds it is asked about in 16.
      if (chain.reports !== 5) return;
      chain.gasLimit = 30_000_000n;
      s.clock.advance(1_000);
      later = await asked(s, { ...BIG, reference: 'later' });
    };
    await s.turn();
    expect([nonceOf(s, big), nonceOf(s, later)]).toEqual(['0', '1']);
  });

  test('does not keep more than a seal holds from those behind it', async () => {
    const s = stage();
    s.chain().gasLimit = 300_000n;
    for (let n = 0; n < 21; n++) await asked(s, { ...BIG, reference: `big${n}` });
    s.clock.advance(1_000);
    const other = await asked(s, SMALL);
    await s.turn();
    expect(nonceOf(s, other)).toBe('0');
  });

  test('ends at validUntil as expired, with its reason', async () => {
    const s = stage();
    s.chain().funds = 1n;
    const id = await asked(s, { validUntil: timeText(s.clock.now() + 300_000) });
    await s.turn();
    await s.tick(400_000);
    expect(s.outcome(id)).toMatchObject({
      outcome: 'expired',
      code: 'NOT_SEALED_IN_TIME',
      reason: expect.stringContaining('BALANCE_LOW: It waits for money: it needs 1.00063 ETH'),
    });
  });

  test('ends so too where a turn has it in hand at that time', async () => {
    const s = stage({ operations: { idleSeconds: 120 } });
    s.chain().funds = 1n;
    const id = await asked(s, { validUntil: timeText(s.clock.now() + 60_000) });
    await s.turn();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired', reason: expect.stringContaining('BALANCE_LOW') });
  });

  test('is not one that the next block may hold: a ceiling below the base fee is told, and sealed', async () => {
    const s = stage();
    s.chain().baseFee = 10n ** 12n;
    s.chain().mine();
    const id = await asked(s);
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
    expect(s.log.codes('info')).toContain('FEE_TOO_LOW');
  });

  test('nor one whose tip is below what nodes suggest', async () => {
    const s = stage();
    s.chain().tip = 10n ** 10n;
    const id = await asked(s);
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
    expect(s.log.codes('info')).toContain('TIP_TOO_LOW');
  });

  test('nor one that would revert: no node is asked what a transaction would do', async () => {
    const s = stage();
    s.chain().reverts = '0x08c379a0';
    const id = await asked(s, { data: '0xdeadbeef', gasLimit: '90000' });
    await s.turn();
    expect(nonceOf(s, id)).toBe('0');
  });
});
