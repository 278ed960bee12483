import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';

/** What the coverage of the tables is measured over. */
const ROOMS = ['decide', 'register'];

const filesIn = (folder: string, end: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`)
    .sort();

test('a branch is left out of the coverage only where the compiler shows that nothing gets there', () => {
  for (const file of ROOMS.flatMap((room) => filesIn(`core/${room}`, '.ts'))) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const [n, line] of lines.entries()) {
      if (!/\b(v8|c8|istanbul)\s+ignore|node:coverage/.test(line)) continue;
      const left = lines.slice(n, n + 3).join('\n');
      expect(left, file).toMatch(/^ +\/\* v8 ignore next -- \w.* @preserve \*\/\n +default:\n.* satisfies never;$/);
    }
  }
});

test('each decision has its table', () => {
  const tables = filesIn('test/tables/decide', '.test.ts').map((file) => basename(file, '.test.ts'));
  const without = filesIn('core/decide', '.ts')
    .map((file) => basename(file, '.ts'))
    .filter((name) => !tables.some((table) => table === name || table.startsWith(`${name}-`)));
  expect(without).toEqual([]);
});
