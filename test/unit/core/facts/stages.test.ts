import { expect, test } from 'vitest';
import { type Milestones, stagesOf } from '#core/facts/stages.ts';

const WHOLE: Milestones = { requested: 1000, approved: 4000, sealed: 9000, sent: 9500, final: 21_000 };
const seconds = (times: Milestones) =>
  Object.fromEntries(stagesOf(times).map(({ name, from, to }) => [name, (to - from) / 1000]));

test('a settled request has four stages that add up, and the whole', () => {
  expect(seconds(WHOLE)).toEqual({
    'requested-approved': 3,
    'approved-sealed': 5,
    'sealed-sent': 0.5,
    'sent-final': 11.5,
    'requested-final': 20,
  });
});

test.each([
  ['never approved', { approved: undefined, sealed: undefined, sent: undefined }, { 'requested-final': 20 }],
  [
    'closed after its approval',
    { sealed: undefined, sent: undefined },
    { 'requested-approved': 3, 'requested-final': 20 },
  ],
  [
    'sealed, and its bytes never sent',
    { sent: undefined },
    { 'requested-approved': 3, 'approved-sealed': 5, 'requested-final': 20 },
  ],
  [
    'a seal that nobody can date any more',
    { sealed: undefined },
    { 'requested-approved': 3, 'sent-final': 11.5, 'requested-final': 20 },
  ],
])('%s: a stage needs both its ends', (_, over, expected) => {
  expect(seconds({ ...WHOLE, ...over })).toEqual(expected);
});

test('dates of two servers that contradict each other make no time negative', () => {
  expect(seconds({ ...WHOLE, sealed: 3999 })).toMatchObject({ 'approved-sealed': 0, 'sealed-sent': 5.501 });
});
