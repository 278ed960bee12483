import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWallet } from '#local/lab/wallet.ts';
import { folder } from '#test/support/local/processes.ts';

test('a kept wallet is opened again, whatever is asked for now', () => {
  const place = folder();
  const made = openWallet(place, 'treasury', 2, 3);
  expect(openWallet(place, 'treasury', 1, 1)).toEqual(made);
  expect(readdirSync(place).toSorted()).toEqual(['shares', 'wallet.json']);
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
