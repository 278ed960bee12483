import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configText, isReformatted, readConfigFile } from '#cli/app/config-file.ts';
import { run } from '#cli/commands/config.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { parseConfig } from '#schemas/config.ts';
import { configOf, lawJson, stageOf } from '#test/support/cli/people.ts';

let folder = '';
const whole = { law: lawJson(), operations: JSON.parse(JSON.stringify(configOf().operations)) };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-config-'));
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
  file('good.json', `${JSON.stringify(whole, null, 2)}\n`);
  file('tabs.json', `${JSON.stringify(whole, null, '\t')}\n`);
  file('dense.json', JSON.stringify(whole));
  file('bad.json', JSON.stringify({ ...whole, law: { ...whole.law, wallets: [], chains: [] } }));
  file('text.json', 'law');
  file('more.json', JSON.stringify({ ...whole, more: {} }));
  file('dev.json', JSON.stringify({ ready: true, config: join(folder, 'good.json') }));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const print = async (file: string, options: Parameters<typeof run>[2], json = false) => {
  const stage = stageOf({ json });
  const code = await run({ out: stage.session.out, folder }, file, options);
  return { code, stdout: stage.stdout.text, stderr: stage.stderr.text };
};

describe('refuses', () => {
  test.each([
    ['gone.json', 'NOT_FOUND', 'cannot be read'],
    ['text.json', 'CONFIG', 'is not JSON'],
    ['more.json', 'CONFIG', 'law and operations, and nothing else'],
    ['bad.json', 'CONFIG', 'law.chains'],
  ])('%s', async (file, code, words) => {
    await expect(print(file, {})).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test('every problem at once', async () => {
    await expect(print('bad.json', {})).rejects.toMatchObject({
      message: expect.stringMatching(/chains[\s\S]*wallets/),
    });
  });

  test('both halves at once', async () => {
    await expect(print('good.json', { law: true, operations: true })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

test('the canonical law hashes to what every seal names, however the file is written', async () => {
  const { lawHash } = parseConfig(whole);
  for (const file of ['good.json', 'tabs.json', 'dense.json', 'dev.json']) {
    const { stdout, stderr } = await print(file, { law: true });
    expect(sha256Hex(new TextEncoder().encode(stdout))).toBe(lawHash);
    expect(stderr).toContain(lawHash);
  }
  expect(JSON.parse((await print('good.json', { law: true }, true)).stdout)).toMatchObject({ lawHash, ok: true });
});

test('operations do not change the law', async () => {
  const { stdout } = await print('good.json', { operations: true });
  expect(JSON.parse(stdout)).toEqual(whole.operations);
});

test('in words', async () => {
  const { stdout, code } = await print('good.json', {});
  expect(code).toBe(0);
  expect(stdout).toContain(parseConfig(whole).lawHash);
  expect(stdout).toContain('LAB: not locked');
  expect(stdout).toContain('2 of 3');
});

test('an edit keeps the indentation, and knows when it cannot keep the rest', async () => {
  for (const [file, same] of [
    ['good.json', true],
    ['tabs.json', true],
    ['dense.json', false],
  ] as const) {
    const read = await readConfigFile(folder, file);
    expect(isReformatted(read)).toBe(!same);
    if (same) expect(configText(read, read.law)).toBe(read.text);
  }
});
