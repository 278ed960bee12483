import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What no commit holds, and what is not written by hand. */
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.keyturn', '.terraform', 'coverage']);

/** The project's files as a reader finds them: paths from the root, with `/`. */
export interface Tree {
  readonly files: readonly string[];
  /** Files and folders, without a slash at the end. */
  has(path: string): boolean;
  read(path: string): string;
}

const filesBelow = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return SKIPPED.has(entry.name) ? [] : filesBelow(path);
  });

export const projectTree = (): Tree => {
  const files = filesBelow('').sort();
  return {
    files,
    has: (path) => existsSync(join(ROOT, path)),
    read: (path) => readFileSync(join(ROOT, path), 'utf8'),
  };
};
