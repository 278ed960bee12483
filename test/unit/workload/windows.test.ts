import { describe, expect, test } from 'vitest';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { configOf, plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
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
