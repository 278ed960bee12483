import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** Run in reverse order after each test. */
export const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A folder of its own with these files, removed after the test. */
export const folder = (files: Readonly<Record<string, string>> = {}): string => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-test-')));
  closers.push(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
};

/** Lines that a process says, and a way to wait for one of them. */
export const lines = () => {
  const seen: string[] = [];
  const waiting: { test: RegExp; tell: (line: string) => void }[] = [];
  return {
    seen,
    onLine: (line: string) => {
      seen.push(line);
      for (const { test, tell } of waiting) if (test.test(line)) tell(line);
    },
    until: (test: RegExp) =>
      new Promise<string>((tell) => {
        const known = seen.find((line) => test.test(line));
        if (known === undefined) waiting.push({ test, tell });
        else tell(known);
      }),
  };
};

/** A zombie is dead: only its parent has not looked yet. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
};
