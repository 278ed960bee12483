import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWallets } from '#local/lab/chains.ts';
import { openWallet } from '#local/lab/wallet.ts';
import { folder } from '#test/support/local/processes.ts';

test('a kept wallet is opened again, whatever is asked for now', () => {
  const place = folder();
  const made = openWallet(place, 'treasury', 2, 3);
  expect(openWallet(place, 'treasury', 1, 1)).toEqual(made);
  expect(readdirSync(place).toSorted()).toEqual(['shares', 'wallet.json']);
});

test('and a person is told where that is not what was asked for', async () => {
  const [place, said] = [folder(), [] as string[]];
  const open = (threshold: number, coSigners: number) =>
    openWallets(place, { keep: true, threshold, coSigners, onNotice: (words) => said.push(words) }, []);
  await open(2, 3);
  await open(2, 3);
  expect(said).toEqual([]);
  await open(2, 2);
  expect(said).toEqual(['wallet treasury is kept as it was made: 2 of 3, not 2 of 2']);
});

test.each([
  ['half', '{"name":"trea'],
  ['another', '{}'],
])('one that is torn is refused and left as it is: %s', (_, text) => {
  const place = folder({ 'wallet.json': text });
  expect(() => openWallet(place, 'treasury', 2, 2)).toThrow(
    expect.objectContaining({ name: 'TornFile', message: `${join(place, 'wallet.json')} is no wallet of a lab` }),
  );
  expect(readFileSync(join(place, 'wallet.json'), 'utf8')).toBe(text);
  expect(readdirSync(place)).toEqual(['wallet.json']);
});
