import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What the coverage of the tables is measured over. */
const ROOMS = ['decide', 'register'];

const filesIn = (folder: string, end: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`)
    .sort();

test('a branch is left out of the coverage only where the compiler shows that nothing gets there', () => {
  const left = ROOMS.flatMap((room) => filesIn(`core/${room}`, '.ts')).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split(/(?=\/\*.*(?:v8|istanbul|c8) ignore)/)
      .slice(1)
      .map((from) => ({ file, next: from.split('\n').slice(0, 3).join('\n') })),
  );
  for (const { file, next } of left)
    expect(next, file).toMatch(/^\/\* v8 ignore next -- \w.* @preserve \*\/\n +default:\n.* satisfies never;$/);
});
