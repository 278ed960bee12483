import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildConsole, CONSOLE_FILES, htmlOf } from '../../../build/console.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

test('the page becomes exactly the files that the console serves, and none of them is empty', async () => {
  const dist = mkdtempSync(join(tmpdir(), 'keyturn-page-'));
  try {
    const { inputs } = await buildConsole(ROOT, dist);
    const folder = join(dist, 'console');
    expect(readdirSync(folder).toSorted()).toEqual([...CONSOLE_FILES].toSorted());
    for (const name of CONSOLE_FILES) expect(readFileSync(join(folder, name)).length).toBeGreaterThan(10);
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).toContain('src="/app.js"');
    expect(html).toContain('href="/app.css"');
    // A browser has no node: modules. A bundle that asks for one would not start.
    expect(readFileSync(join(folder, 'app.js'), 'utf8')).not.toMatch(/["']node:/);
    expect(Object.keys(inputs)).toContain('cli/console/page/main.ts');
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
});

const PAGE = '<link rel="stylesheet" href="/style.css"><script type="module" src="/main.js"></script>';

test('a page that would run or load anything else is not built', () => {
  expect(htmlOf(PAGE)).toBe('<link rel="stylesheet" href="/app.css"><script type="module" src="/app.js"></script>');
  for (const wrong of [
    '<script>run()</script>',
    '<style>p{}</style>',
    '<script src="https://cdn.example/a.js"></script>',
    '<p style="color:red"></p>',
    '<form action="https://evil.example"></form>',
    '<img src="/x.png">',
  ])
    expect(() => htmlOf(PAGE + wrong), wrong).toThrow('must name its one script');
  expect(() => htmlOf('<p>nothing</p>')).toThrow('must name its one script');
});
