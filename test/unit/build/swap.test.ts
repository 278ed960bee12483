import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { folderBeside, takePlace } from '../../../build/swap.ts';

const folders: string[] = [];
const place = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-swap-'));
  folders.push(folder);
  return join(folder, 'dist');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const made = (dist: string, text: string): string => {
  const folder = folderBeside(dist);
  writeFileSync(join(folder, 'built'), text);
  return folder;
};

test('a folder takes the place of none, and of one that is full', () => {
  const dist = place();
  takePlace(made(dist, 'first'), dist);
  mkdirSync(join(dist, 'more'));
  takePlace(made(dist, 'second'), dist);
  expect(readFileSync(join(dist, 'built'), 'utf8')).toBe('second');
  expect(readdirSync(join(dist, '..'))).toEqual(['dist']);
});

test('two builds of one process have a folder each', () => {
  const dist = place();
  expect(folderBeside(dist)).not.toBe(folderBeside(dist));
});

test('what cannot take its place is told, and leaves nothing lying about', () => {
  const dist = place();
  expect(() => takePlace(join(dist, '..', 'nothing'), dist)).toThrow('ENOENT');
  expect(readdirSync(join(dist, '..'))).toEqual([]);
});

test('several processes at once: one of them stays, whole', async () => {
  const dist = place();
  const run = `
    const { writeFileSync } = await import('node:fs');
    const { folderBeside, takePlace } = await import(${JSON.stringify(new URL('../../../build/swap.ts', import.meta.url).href)});
    for (let n = 0; n < 200; n++) {
      const made = folderBeside(${JSON.stringify(dist)});
      for (const name of ['built', 'also']) writeFileSync(made + '/' + name, process.pid + ' ' + n);
      takePlace(made, ${JSON.stringify(dist)});
    }`;
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', run], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  expect(codes).toEqual([0, 0, 0]);
  expect(existsSync(dist)).toBe(true);
  expect(readFileSync(join(dist, 'also'), 'utf8')).toBe(readFileSync(join(dist, 'built'), 'utf8'));
  expect(readdirSync(join(dist, '..'))).toEqual(['dist']);
});
