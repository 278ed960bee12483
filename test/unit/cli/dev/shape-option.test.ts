import { expect, test } from 'vitest';
import { checkFinal, groupIn } from '#cli/dev/shape-option.ts';
import { expectRefusal } from '#test/support/code.ts';

test('the lab has whom the command line says, 2 of 2 where it says nothing', () => {
  expect(groupIn('lab', {})).toEqual({ threshold: 2, coSigners: 2 });
  expect(groupIn('lab', { threshold: '3', coSigners: '5' })).toEqual({ threshold: 3, coSigners: 5 });
  expectRefusal(() => groupIn('lab', { threshold: '3' }), 'USAGE', 'threshold', /between 1 and --co-signers/);
});

test('the split example says whom it has', () => {
  expect(groupIn('split', {})).toEqual({ threshold: 2, coSigners: 3 });
  for (const options of [{ threshold: '2' }, { coSigners: '3' }])
    expectRefusal(
      () => groupIn('split', options),
      'USAGE',
      'shape',
      /^--shape split is 2 of 3: leave out --threshold and --co-signers$/,
    );
});

test('where nothing would become final, that is said before anything starts', () => {
  expectRefusal(() => checkFinal('split', { kind: 'anvil' }, 0), 'USAGE', 'block-time', /nothing would become final/);
  checkFinal('split', { kind: 'anvil' }, 1);
  checkFinal('split', { kind: 'ganache' }, 0);
  checkFinal('lab', { kind: 'anvil' }, 0);
});
