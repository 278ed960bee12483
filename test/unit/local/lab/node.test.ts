import { describe, expect, test } from 'vitest';
import { failureOf } from '#cli/app/failure.ts';
import { AnvilEnded, AnvilMissing } from '#local/cloud/processes/anvil.ts';
import { startNode } from '#local/lab/node.ts';

const failing = (error: Error) => startNode({}, () => Promise.reject(error)).catch(failureOf);

describe('a machine without a node', () => {
  test('is told on which platforms there is one, and what to do; it is no fault of keyturn', async () => {
    expect(await failing(new AnvilMissing('sunos-x64'))).toEqual({
      code: 'NODE_MISSING',
      field: '',
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

  test('is told which port is in use', async () => {
    const taken = new AnvilEnded(1, ['Error: Address already in use (os error 98)']);
    const failure = await startNode({ port: 8608 }, () => Promise.reject(taken)).catch(failureOf);
    expect(failure).toMatchObject({ code: 'PORT_UNUSABLE', message: 'port 8608, for the Ethereum node, is in use' });
  });

  test('any other failure of a node stays what it is', async () => {
    const error = new Error('anvil ended with code 1: address in use');
    await expect(startNode({}, () => Promise.reject(error))).rejects.toBe(error);
  });
});
