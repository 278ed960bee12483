import { expect, test } from 'vitest';
import { checkKept, nodeOf } from '#cli/dev/node-option.ts';
import { expectRefusal } from '#test/support/code.ts';

test.each(['anvil', 'ganache', 'hardhat'] as const)('--node %s', (kind) => {
  expect(nodeOf(kind)).toEqual({ kind });
});

test.each(['http://127.0.0.1:8545', 'https://sepolia.example/v3/key'])('--node %s', (url) => {
  expect(nodeOf(url)).toEqual({ kind: 'url', url });
});

test.each(['', 'geth', 'Anvil', '127.0.0.1:8545', 'ws://127.0.0.1:8545/key', 'file:///tmp/geth.ipc'])(
  '--node %s is refused without being repeated',
  (text) => {
    expectRefusal(
      () => nodeOf(text),
      'USAGE',
      'node',
      /^--node: must be anvil, ganache, hardhat, or the http or https url of a node$/,
    );
  },
);

test.each(['ganache', 'hardhat'] as const)('%s keeps no chain, so --data is refused', (kind) => {
  expectRefusal(() => checkKept({ kind }, true), 'USAGE', 'node', /leave out --data, or take --node anvil/);
  checkKept({ kind }, false);
});

test('anvil keeps its chain, and a node elsewhere keeps itself', () => {
  checkKept({ kind: 'anvil' }, true);
  checkKept({ kind: 'url', url: 'http://127.0.0.1:8545' }, true);
});
