import { expect, test } from 'vitest';
import { moreWalletsIn } from '#cli/dev/wallets-option.ts';
import { expectRefusal } from '#test/support/code.ts';

test.each<[string | undefined, readonly string[]]>([
  [undefined, []],
  ['1', []],
  ['3', ['wallet-2', 'wallet-3']],
  ['ops', ['ops']],
  ['ops,payroll', ['ops', 'payroll']],
  ['treasury,ops', ['ops']],
  ['treasury', []],
])('%s: treasury, and %j', (given, names) => {
  expect(moreWalletsIn(given, 'lab')).toEqual(names);
});

test.each(['0', '11', '', 'Ops', 'a,a', 'a,,b', '-1', 'a b', '../x', 'b,c,d,e,f,g,h,i,j,k'])(
  '%j is refused',
  (given) => {
    expectRefusal(() => moreWalletsIn(given, 'lab'), 'USAGE', 'wallets', /^--wallets: /);
  },
);
