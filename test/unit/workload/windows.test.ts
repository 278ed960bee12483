import { encodeFunctionData, parseAbi } from 'viem';
import { describe, expect, test } from 'vitest';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { configOf, DESTINATION, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const ETHER = 10n ** 18n;
const HOUR = 3_600_000;
const rules = [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: (10n * ETHER).toString() }];
/** Values and fee ceilings of one hour: room for two payments of 1 ETH. */
const policy = { rules, windows: [{ name: 'an-hour', seconds: 3600, maxWei: ((25n * ETHER) / 10n).toString() }] };
const windowed = (): Pipeline => stage({ wallet: { policy } });

const one = (s: Pipeline, reference: string, over: Record<string, unknown> = {}) => ({
  reference,
  value: ETHER.toString(),
  validUntil: timeText(s.clock.now() + 3 * HOUR),
  ...over,
});
const asked = async (s: Pipeline, reference: string, over: Record<string, unknown> = {}): Promise<string> => {
  const id = await s.ask(one(s, reference, over));
  await s.approve(id);
  return id;
};
const sealed = (s: Pipeline, id: string): boolean => s.fact(id, 'submitted') !== undefined;

describe('threat 39: a cap over a window of time', () => {
  test('within one batch, the third waits, nobody is closed, and it goes on when the window has moved', async () => {
    const s = windowed();
    // Marks of one moment are taken in the order of their ids.
    const ids = [await asked(s, 'a'), await asked(s, 'b'), await asked(s, 'c')].sort();
    await s.turn(1n);
    expect(ids.map((id) => sealed(s, id))).toEqual([true, true, false]);
    expect(s.log.codes('warn')).toContain('WINDOW_FULL');
    s.clock.advance(HOUR);
    await s.turn(2n);
    expect(ids.map((id) => sealed(s, id))).toEqual([true, true, true]);
  });

  test('what was sealed counts although every fact of it is erased, and although it is not mined', async () => {
    const s = windowed();
    const first = [await s.submit(one(s, 'a'), 1n), await s.submit(one(s, 'b'), 2n)];
    for (const id of first) {
      await s.storage.delete(s.buckets.results, submittedObject(id));
      await s.storage.delete(s.buckets.signed, signedObject(id));
    }
    expect(sealed(s, await s.submit(one(s, 'c'), 3n))).toBe(false);
  });

  test('a small one passes beside those that wait', async () => {
    const s = windowed();
    await s.submit(one(s, 'a'), 1n);
    await s.submit(one(s, 'b'), 2n);
    expect(sealed(s, await s.submit(one(s, 'small', { value: '1' }), 3n))).toBe(true);
  });

  test('two turns at once never seal more than fits', async () => {
    const s = windowed();
    const ids = [await asked(s, 'a'), await asked(s, 'b'), await asked(s, 'c')];
    await Promise.all([s.turn(1n), s.turn(2n)]);
    expect(ids.filter((id) => sealed(s, id))).toHaveLength(2);
  });

  test('what can never fit is refused at intake, with the name of the window', async () => {
    const s = windowed();
    const id = await s.ask(one(s, 'huge', { value: (3n * ETHER).toString() }));
    expect(s.fact(id, 'request')).toBeUndefined();
    const [refusal] = s.publisher.sent.filter(
      ({ message }) => message.attributes['ce-type'] === 'keyturn.request.refused',
    );
    expect(JSON.parse(Buffer.from(refusal?.message.data ?? '').toString())).toMatchObject({
      code: 'POLICY_DENIED',
      field: 'value',
      reason: expect.stringContaining('an-hour'),
    });
  });
});

test('a locked register keeps entries for as long as the longest window counts back', () => {
  const week = { rules, windows: [{ name: 'a-week', seconds: 7 * 86_400, maxWei: '1' }] };
  const locked = (days: number) => () =>
    configOf(
      plainLaw([plainWallet(splitOf(2, 3), { policy: week })], {
        register: { projectNumber: '1', lock: 'required', retentionSeconds: days * 86_400 },
      }),
    );
  expect(locked(16)).toThrow(/retentionSeconds: must be at least/);
  expect(locked(17)).not.toThrow();
});

describe('threat 39: a cap of a token over a window of time', () => {
  const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
  const units = { chainId: '31337', token: 'USDC' };
  const tokens = [{ address: TOKEN, symbol: 'USDC', decimals: 6 }];
  const tokenPolicy = {
    rules: [{ name: 'usdc', effect: 'allow', destinations: [TOKEN], tokens: [{ ...units, maxUnits: '1000' }] }],
    windows: [{ name: 'usdc-an-hour', seconds: 3600, ...units, maxUnits: '1000' }],
  };
  const ERC20 = parseAbi([
    'function transfer(address to, uint256 value)',
    'function approve(address to, uint256 value)',
  ]);
  const paying = (amount: bigint, functionName: 'transfer' | 'approve' = 'transfer') => ({
    to: TOKEN,
    value: '0',
    gasLimit: '90000',
    data: encodeFunctionData({ abi: ERC20, functionName, args: [DESTINATION, amount] }),
  });

  test('transfers and approvals add up, over seals of several turns', async () => {
    const s = stage({ wallet: { policy: tokenPolicy }, tokens });
    const first = await s.submit(one(s, 'a', paying(600n)), 1n);
    const second = await asked(s, 'b', paying(401n, 'approve'));
    const third = await asked(s, 'c', paying(400n));
    await s.turn(2n);
    expect([first, second, third].map((id) => sealed(s, id))).toEqual([true, false, true]);
    expect(s.log.lines.filter(({ fields }) => fields.window === 'usdc-an-hour')).not.toEqual([]);
    s.clock.advance(HOUR);
    await s.turn(3n);
    expect(sealed(s, second)).toBe(true);
  });

  test('one that reverts keeps its room, and so does one whose facts are erased', async () => {
    const s = stage({ wallet: { policy: tokenPolicy }, tokens });
    const id = await s.submit(one(s, 'a', paying(1000n)), 1n);
    await s.storage.delete(s.buckets.results, submittedObject(id));
    await s.storage.delete(s.buckets.signed, signedObject(id));
    expect(sealed(s, await s.submit(one(s, 'b', paying(1n)), 2n))).toBe(false);
  });

  test('two turns at once never seal more than fits', async () => {
    const s = stage({ wallet: { policy: tokenPolicy }, tokens });
    const ids = [
      await asked(s, 'a', paying(500n)),
      await asked(s, 'b', paying(500n)),
      await asked(s, 'c', paying(500n)),
    ];
    await Promise.all([s.turn(1n), s.turn(2n)]);
    expect(ids.filter((id) => sealed(s, id))).toHaveLength(2);
  });

  test('what an intake of a laxer law let through, the workload refuses, and says why', async () => {
    const lax = { rules: [{ ...tokenPolicy.rules[0], tokens: 'any' }] };
    const s = stage({ wallet: { policy: lax }, tokens });
    const strict = stage({ wallet: { policy: tokenPolicy }, tokens });
    const id = await asked(s, 'a', paying(1001n));
    await s.turn(1n, { wallet: strict.wallet, law: strict.config.law, lawHash: strict.config.lawHash });
    expect(sealed(s, id)).toBe(false);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({
      outcome: 'refused',
      code: 'POLICY_DENIED',
      reason: expect.stringContaining('1001 units (0.001001 USDC)'),
    });
  });
});
