import { expect, test } from 'vitest';
import { codeOf, fragmentOf, type Route, routeOf } from '#cli/console/page/routes.ts';

const ID = 'ab'.repeat(32);

test.each<[string, Route]>([
  ['#/queue', { view: 'queue', page: 0 }],
  ['#/queue/3', { view: 'queue', page: 2 }],
  ['#/receipts', { view: 'receipts', page: 0 }],
  ['#/receipts/2', { view: 'receipts', page: 1 }],
  ['#/wallets', { view: 'wallets' }],
  [`#/request/${ID}`, { view: 'request', id: ID }],
])('%s is a place, and is written so again', (fragment, route) => {
  expect(routeOf(fragment)).toEqual(route);
  expect(fragmentOf(route)).toBe(fragment);
});

test.each([
  '',
  '#',
  '#/request/abc',
  `#/request/${ID}0`,
  '#/queue/0',
  '#/queue/-1',
  '#javascript:alert(1)',
  '#/nowhere',
])('what somebody put into a link and is no place is the queue: %s', (fragment) =>
  expect(routeOf(fragment)).toEqual({ view: 'queue', page: 0 }),
);

test('the one-time code is told apart from a place', () => {
  expect(codeOf('#code=aB3_-9')).toBe('aB3_-9');
  for (const none of ['', '#/queue', '#code=', '#code=a b', `#code=${'x'.repeat(257)}`, '#xcode=ab'])
    expect(codeOf(none), none).toBeUndefined();
});
