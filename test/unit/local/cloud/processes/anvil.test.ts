import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnvilMissing, findAnvil, startAnvil } from '#local/cloud/processes/anvil.ts';
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
    const first = await startAnvil({ stateFolder });
    await rpc(first.url, 'anvil_setBalance', ['0x00000000000000000000000000000000000000aa', '0x5']);
    await rpc(first.url, 'anvil_mine', ['0x3']);
    await first.stop();
    const second = await startAnvil({ stateFolder });
    closers.push(() => second.stop());
    expect(await rpc(second.url, 'eth_blockNumber')).toBe('0x3');
    expect(await rpc(second.url, 'eth_getBalance', ['0x00000000000000000000000000000000000000aa', 'latest'])).toBe(
      '0x5',
    );
  });

  it('says why it did not start', async () => {
    const chain = await startAnvil();
    closers.push(() => chain.stop());
    await expect(startAnvil({ port: Number(new URL(chain.url).port) })).rejects.toThrow(
      /anvil ended with code \d+: .*in use/i,
    );
    const stateFolder = folder({ 'state.json': '{' });
    await expect(startAnvil({ stateFolder })).rejects.toThrow(/anvil ended with code/);
  });
});
