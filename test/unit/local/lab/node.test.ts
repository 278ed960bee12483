import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { failureOf } from '#cli/app/failure.ts';
import { AnvilEnded, AnvilMissing } from '#local/cloud/processes/anvil.ts';
import { PackageMissing, PackageNodeEnded } from '#local/cloud/processes/package-node.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { NODE_KINDS, type NodeKind, startNode } from '#local/lab/node.ts';
import { startQuirkyNode } from '#test/support/nodes/quirky.ts';

const ending = (error: Error) => ({ anvil: () => Promise.reject(error), packaged: () => Promise.reject(error) });
const failing = (error: Error, kind: NodeKind = 'anvil', port = 8608) =>
  startNode({ kind }, { port }, ending(error)).catch(failureOf);

describe('a machine without a node', () => {
  test('is told on which platforms there is one, and what to do; it is no fault of keyturn', async () => {
    expect(await failing(new AnvilMissing('sunos-x64'))).toEqual({
      code: 'NODE_MISSING',
      field: 'node',
      message: expect.stringMatching(
        /for sunos-x64: only for darwin-arm64, darwin-x64, linux-arm64, linux-x64, win32-x64$/,
      ),
      advice: expect.stringContaining('https://getfoundry.sh'),
    });
  });

  test('is told that its package is not installed', async () => {
    expect(await failing(new AnvilMissing('linux-x64'))).toMatchObject({
      code: 'NODE_MISSING',
      message: expect.stringContaining('@foundry-rs/anvil-linux-amd64 is not installed'),
    });
  });

  test.each([
    ['ganache', /^Ganache is not installed: run "npm install --no-save ganache@7\.9\.2"$/],
    ['hardhat', /^Hardhat is not installed: run "npm install --no-save hardhat@3\.18\.0", under Node 22 or newer/],
  ] as const)('is told which package to install: %s', async (kind, message) => {
    expect(await failing(new PackageMissing(kind), kind)).toMatchObject({
      code: 'NODE_MISSING',
      field: 'node',
      message: expect.stringMatching(message),
    });
  });

  test.each<[NodeKind, Error]>([
    ['anvil', new AnvilEnded(1, ['Error: Address already in use (os error 98)'])],
    ['ganache', new PackageNodeEnded('ganache', 1, ['listen EADDRINUSE: address already in use 127.0.0.1:8608.'])],
    ['hardhat', new PackageNodeEnded('hardhat', 1, ["  code: 'EADDRINUSE',"])],
  ])('is told which port is in use: %s', async (kind, taken) => {
    expect(await failing(taken, kind)).toMatchObject({
      code: 'PORT_UNUSABLE',
      field: 'port-base',
      message: 'port 8608, for the Ethereum node, is in use',
    });
  });

  test.each(NODE_KINDS)('any other failure of a node stays what it is: %s', async (kind) => {
    const error = new Error('ended with code 1: address in use');
    await expect(startNode({ kind }, {}, ending(error))).rejects.toBe(error);
  });
});

describe('a node of somebody else', () => {
  const KEYED = { say: () => (method: string) => (method === 'eth_chainId' ? { result: '0x1fffffffffffff1' } : {}) };
  test('is asked for its chain, however large the number, and goes on after the lab has ended', async () => {
    const theirs = await startQuirkyNode(undefined, KEYED);
    const node = await startNode({ kind: 'url', url: theirs.url }, {});
    expect(node).toMatchObject({ kind: 'url', url: theirs.url, chainId: '144115188075855857' });
    await node.stop();
    expect(await startNode({ kind: 'url', url: theirs.url }, {})).toMatchObject({ chainId: node.chainId });
    expect(theirs.asked).toEqual(['eth_chainId', 'eth_chainId']);
    await theirs.close();
  });

  test('that does not answer, or is none, is named by the option and not by the url, which may hold a key', async () => {
    const page = await startQuirkyNode(undefined, { say: () => () => ({ status: 200, body: '<html>' }) });
    const closed = createServer();
    const port = await listen(closed);
    await closeServer(closed);
    for (const url of [page.url, `http://127.0.0.1:${port}/key-abcdef`]) {
      const failure = await startNode({ kind: 'url', url }, {}).catch(failureOf);
      expect(failure).toMatchObject({ code: 'CHAIN_UNREACHABLE', field: 'node' });
      expect(JSON.stringify(failure)).toContain('--node');
      expect(JSON.stringify(failure)).not.toContain('key-abcdef');
    }
    await page.close();
  });
});
