import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalTls } from '#local/cloud/runtime/tls.ts';
import { keptLawIn, lawChange } from '#local/lab/kept-law.ts';
import { tlsIn } from '#local/lab/kept-tls.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 2, 1);
const DAY = 86_400_000;
const file = (): string => join(folder, 'tls.json');

describe('the certificate of a lab whose state is kept', () => {
  test('is the same at each start, and for its owner alone', async () => {
    const first = await tlsIn(folder, NOW);
    expect(await tlsIn(folder, NOW + 22 * DAY)).toEqual(first);
    expect(statSync(file()).mode & 0o077).toBe(0);
  });
  test('is another one a week before it ends', async () => {
    const first = await tlsIn(folder, NOW);
    const second = await tlsIn(folder, NOW + 24 * DAY);
    expect(second.ca).not.toBe(first.ca);
    expect(await tlsIn(folder, NOW + 40 * DAY)).toEqual(second);
  });
  test.each<[string, (text: string) => Promise<string> | string]>([
    ['torn', (text) => text.slice(0, 100)],
    ['no JSON of this kind', () => '{"ca":1}'],
    ['of another key', async (text) => JSON.stringify({ ...JSON.parse(text), key: (await createLocalTls(NOW)).key })],
    [
      'of another authority',
      async (text) => JSON.stringify({ ...JSON.parse(text), ca: (await createLocalTls(NOW)).ca }),
    ],
  ])('one that is %s is made anew', async (_, spoil) => {
    await tlsIn(folder, NOW);
    const spoilt = await spoil(readFileSync(file(), 'utf8'));
    writeFileSync(file(), spoilt);
    const made = await tlsIn(folder, NOW);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(made);
    expect(JSON.stringify(made)).not.toBe(spoilt);
  });
});

describe('why the law of a lab has another hash', () => {
  const law = { name: 'lab', wallets: [{ address: '0x1' }], endpoints: { storage: 'http://127.0.0.1:1' } };
  test.each<[string, Record<string, unknown> | undefined, RegExp | undefined]>([
    ['there was none', undefined, undefined],
    ['the same', { ...law }, undefined],
    ['the same in another order', { endpoints: law.endpoints, wallets: law.wallets, name: 'lab' }, undefined],
    ['other ports', { ...law, endpoints: { storage: 'http://127.0.0.1:2' } }, /other ports.*--port-base/],
    ['another wallet', { ...law, wallets: [] }, /its law is another/],
    ['a law without ports', { name: 'lab', wallets: law.wallets }, /other ports/],
  ])('%s', (_, before, words) => {
    const said = lawChange(before, law);
    if (words === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(words);
  });
  test('what was before is read from the kept keyturn.json, where it is one', () => {
    const path = join(folder, 'keyturn.json');
    expect(keptLawIn(path)).toBeUndefined();
    writeFileSync(path, '{"law":');
    expect(keptLawIn(path)).toBeUndefined();
    writeFileSync(path, JSON.stringify({ law }));
    expect(keptLawIn(path)).toEqual(law);
  });
});
