import { expect, test } from 'vitest';
import { timeText } from '#schemas/spellings.ts';
import { stage } from '#test/support/stage.ts';

const ETHER = 10n ** 18n;
const HOUR = 3_600_000;
const rules = [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: (10n * ETHER).toString() }];
const windows = [{ name: 'a-day', seconds: 86_400, maxWei: (2n * ETHER).toString() }];

test.each([
  { room: 'the balance', funds: 2n * ETHER, policy: { rules } },
  { room: "the policy's window", funds: 100n * ETHER, policy: { rules, windows } },
])('what cannot be signed takes up $room once, and then lets others go first', async ({ funds, policy }) => {
  const s = stage({ wallet: { policy }, operations: { idleSeconds: 120 } });
  s.chain().funds = funds;
  const payment = (reference: string) => ({
    reference,
    value: ((3n * ETHER) / 2n).toString(),
    validUntil: timeText(s.clock.now() + 20 * HOUR),
  });
  const bad = await s.ask(payment('bad'));
  await s.approve(bad);
  s.clock.advance(1000);
  const good = await s.ask(payment('good'));
  await s.upload('bob', good);
  await s.upload('holder-3', good);
  // The first has the shares of alice and bob alone.
  s.keys.down.add('alice');
  await s.turn(1n);
  expect(s.fact(good, 'submitted')).toBeDefined();
  expect(s.fact(bad, 'submitted')).toBeUndefined();
});
