import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Anvil, AnvilMissing, findAnvil, startAnvil } from '#local/cloud/processes/anvil.ts';
import type { Clock } from '#local/cloud/runtime/clock.ts';
import { waitFor } from '#test/e2e/support/waiting.ts';
import { fullDisk } from '#test/support/local/full-disk.ts';
import { closers, folder, isAlive } from '#test/support/local/processes.ts';

const rpc = async (url: string, method: string, params: unknown[] = []): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer: unknown = await response.json();
  return typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : answer;
};

const AA = '0x00000000000000000000000000000000000000aa';

const written = z.looseObject({ accounts: z.record(z.string(), z.looseObject({ balance: z.string() })) });

/** The node has written it: in its first moments it would end at once, and write nothing. */
const setTo = async (chain: Anvil, stateFolder: string, balance: string): Promise<void> => {
  await rpc(chain.url, 'anvil_setBalance', [AA, balance]);
  await rpc(chain.url, 'anvil_mine', ['0x1']);
  await waitFor('the node to write its state', () => {
    try {
      const state = written.parse(JSON.parse(readFileSync(join(stateFolder, 'state.json'), 'utf8')));
      return state.accounts[AA]?.balance === balance;
    } catch {
      return false;
    }
  });
};

const endWith = async (chain: Anvil, stateFolder: string, balance: string): Promise<void> => {
  await setTo(chain, stateFolder, balance);
  await chain.stop();
};

describe('anvil', () => {
  it('is found by package, else on PATH', () => {
    const linux = { platform: 'linux-x64', path: '/nowhere:', packaged: null };
    expect(findAnvil({ ...linux, packaged: '/packages/anvil' })).toBe('/packages/anvil');
    const path = folder({ anvil: '', 'anvil.exe': '' });
    expect(findAnvil({ ...linux, path: `/nowhere:${path}` })).toBe(join(path, 'anvil'));
    expect(findAnvil({ ...linux, path, platform: 'win32-arm64' })).toBe(join(path, 'anvil.exe'));
  });

  it('has a package for each platform that package.json lists, and no other', () => {
    const { optionalDependencies } = JSON.parse(
      readFileSync(new URL('../../../../../package.json', import.meta.url), 'utf8'),
    );
    const listed = Object.keys(optionalDependencies).filter((name) => name.startsWith('@foundry-rs/anvil-'));
    const told = (platform: string): string => {
      try {
        return findAnvil({ platform, path: '', packaged: null });
      } catch (error) {
        return error instanceof AnvilMissing ? error.message : '';
      }
    };
    const platforms = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'];
    const named = platforms.map((platform) => /its package (\S+) is not installed/.exec(told(platform))?.[1]);
    expect(named.toSorted()).toEqual(listed.toSorted());
    expect(told('freebsd-x64')).toBe(
      `there is no package of anvil, the Ethereum node, for freebsd-x64: only for ${platforms.join(', ')}`,
    );
  });

  it('starts on a port of its own with the options given, and ends', async () => {
    const chain = await startAnvil({ chainId: 31_338, accounts: 2, balanceEther: 7, slotsInAnEpoch: 1 });
    closers.push(() => chain.stop());
    const other = await startAnvil();
    closers.push(() => other.stop());
    expect(chain.url).not.toBe(other.url);
    expect(chain.chainId).toBe(31_338);
    expect(await rpc(chain.url, 'eth_chainId')).toBe('0x7a6a');
    const accounts = await rpc(chain.url, 'eth_accounts');
    expect(accounts).toHaveLength(2);
    expect(await rpc(chain.url, 'eth_getBalance', [Array.isArray(accounts) ? accounts[0] : '', 'latest'])).toBe(
      `0x${(7n * 10n ** 18n).toString(16)}`,
    );
    await rpc(chain.url, 'anvil_mine', ['0x5']);
    expect(await rpc(chain.url, 'eth_getBlockByNumber', ['finalized', false])).toMatchObject({ number: '0x3' });
    await chain.stop();
    expect(isAlive(chain.pid)).toBe(false);
    await expect(rpc(chain.url, 'eth_chainId')).rejects.toThrow();
  });

  it('keeps its chain in a folder over a restart', async () => {
    const stateFolder = folder();
    await endWith(await startAnvil({ stateFolder }), stateFolder, '0x5');
    const second = await startAnvil({ stateFolder });
    closers.push(() => second.stop());
    expect(await rpc(second.url, 'eth_blockNumber')).toBe('0x1');
    expect(await rpc(second.url, 'eth_getBalance', [AA, 'latest'])).toBe('0x5');
  });

  it('says why it did not start', async () => {
    const chain = await startAnvil();
    closers.push(() => chain.stop());
    await expect(startAnvil({ port: Number(new URL(chain.url).port) })).rejects.toThrow(
      /anvil ended with code \d+: .*in use/i,
    );
  });
});

let made: string | undefined;
afterAll(() => rmSync(made ?? '', { recursive: true, force: true }));

/** A chain of which two copies lie beside the node's own file: of balances 2 and 3, and 3 in the node's file. */
const keptChain = async (): Promise<string> => {
  if (made === undefined) {
    made = mkdtempSync(join(tmpdir(), 'keyturn-chain-'));
    for (const balance of ['0x1', '0x2', '0x3']) await endWith(await startAnvil({ stateFolder: made }), made, balance);
  }
  const stateFolder = folder();
  cpSync(made, stateFolder, { recursive: true });
  return stateFolder;
};

describe('a state that is torn', () => {
  const HALF = '{"block":{"number":"0x3","benefi';
  /** Has all that we look for, and is refused by the node. */
  const STRANGE = JSON.stringify({ block: {}, accounts: {}, best_block_number: 1, blocks: [], transactions: [] });

  it.each([
    ['cut short', ['state.json'], HALF, '0x3'],
    ['empty', ['state.json'], '', '0x3'],
    ['another JSON', ['state.json'], '{}', '0x3'],
    ['what only the node can tell', ['state.json'], STRANGE, '0x3'],
    ['with its newest copy', ['state.json', 'good.json'], HALF, '0x2'],
  ])('%s: it goes on from the newest copy that is whole, and says so', async (_, torn, text, balance) => {
    const stateFolder = await keptChain();
    for (const name of torn) writeFileSync(join(stateFolder, name), text);
    const notices: string[] = [];
    const chain = await startAnvil({ stateFolder, onNotice: (words) => notices.push(words) });
    closers.push(() => chain.stop());
    expect(await rpc(chain.url, 'eth_getBalance', [AA, 'latest'])).toBe(balance);
    expect(notices).toEqual([
      expect.stringMatching(/^the last state of the chain cannot be read: it goes on from that of \d{4}-/),
    ]);
    expect(readFileSync(join(stateFolder, 'state.torn.json'), 'utf8')).toBe(text);
  });

  it('with all its copies is refused: an empty chain in its place would be another one', async () => {
    const stateFolder = folder({ 'state.json': HALF, 'good.json': '{}' });
    await expect(startAnvil({ stateFolder })).rejects.toMatchObject({
      name: 'TornFile',
      message: `${stateFolder} holds no state of the chain that can be read`,
    });
    expect(readFileSync(join(stateFolder, 'state.json'), 'utf8')).toBe(HALF);
  });

  it('is not copied over a good one while the node runs or ends; a full disk is told once', async () => {
    const stateFolder = await keptChain();
    const good = readFileSync(join(stateFolder, 'good.json'), 'utf8');
    const notices: string[] = [];
    const due: (() => void)[] = [];
    const clock: Clock = {
      now: () => 0,
      after: (_, run) => {
        due.push(run);
        return () => {};
      },
    };
    const chain = await startAnvil({
      stateFolder,
      clock,
      disk: fullDisk(10),
      onNotice: (words) => notices.push(words),
    });
    await setTo(chain, stateFolder, '0x4');
    for (const looks of [1, 2]) {
      due.shift()?.();
      expect(due, `look ${looks}`).toHaveLength(1);
    }
    writeFileSync(join(stateFolder, 'state.json'), HALF);
    due.shift()?.();
    await chain.stop();
    expect(readFileSync(join(stateFolder, 'good.json'), 'utf8')).toBe(good);
    expect(notices).toEqual([expect.stringMatching(/^no state of the chain can be kept: ENOSPC/)]);
  });
});
