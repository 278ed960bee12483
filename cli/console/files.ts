import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the page, as it is served. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** By name: index.html, app.js and app.css. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
};

/** All of the page, read once at the start: what changes on the disk later is not served. `folder`: dist/console. */
export const readPage = async (folder: string): Promise<PageFiles> => {
  const files = Object.entries(TYPES).map(
    async ([name, type]) => [name, { type, bytes: await readFile(join(folder, name)) }] as const,
  );
  return new Map(await Promise.all(files));
};
