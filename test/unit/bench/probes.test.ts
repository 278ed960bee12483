import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { BASELINE } from '../../bench/figure.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

/** Files of the baseline commit; undefined where the history has no such commit. */
const baselineFiles = (): ReadonlySet<string> | undefined => {
  try {
    const listed = execFileSync('git', ['-C', ROOT, 'ls-tree', '-r', '--name-only', BASELINE], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Set(listed.split('\n'));
  } catch {
    console.warn(`=== SKIPPED: the history has no commit ${BASELINE}: a shallow clone, or no git ===`);
    return undefined;
  }
};

const IMPORT = /^import (?!type )[^;]*? from '([^']+)';/gm;
const files = baselineFiles();

const importsOf = (path: string): readonly string[] =>
  [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, specifier = '']) => specifier);

/** Probes that parts of the bench run on both trees, by name. */
const onBoth = (): readonly string[] => {
  const parts = join(ROOT, 'test', 'bench', 'parts');
  const named = readdirSync(parts).flatMap((name) =>
    [...readFileSync(join(parts, name), 'utf8').matchAll(/both\(bench, '([a-z-]+)'/g)].map(([, probe = '']) => probe),
  );
  return [...new Set(named)];
};

// Probes are laid into the baseline as they are. Types vanish there, and what was moved since is loaded by either path (`load`).
test.skipIf(files === undefined)('a probe that measures the baseline imports only what is there', () => {
  const waiting = onBoth().map((name) => `test/bench/probes/${name}.ts`);
  expect(waiting.length).toBeGreaterThan(5);
  const seen = new Set<string>();
  const missing: string[] = [];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const specifier of importsOf(join(ROOT, file))) {
      const path = specifier.startsWith('#') ? specifier.slice(1) : posix.join(posix.dirname(file), specifier);
      if (!/^[#.]/.test(specifier)) continue;
      // Today's bench takes the place of the baseline's own.
      if (path.startsWith('test/bench/')) waiting.push(path);
      else if (files?.has(path) === false) missing.push(`${file}: ${path}`);
    }
  }
  expect(missing).toEqual([]);
});
