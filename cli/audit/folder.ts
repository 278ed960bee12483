import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { KeyturnError } from '#schemas/codes.ts';
import type { Files } from './bundle.ts';

/** Bytes of one file of a bundle: all receipts of a full block have some 12 MiB as hexadecimal digits. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** All files of a folder, by their relative path with `/`. Throws NOT_FOUND, TOO_LARGE. */
export const readFolder = async (folder: string): Promise<Files> => {
  const files = new Map<string, Uint8Array>();
  let entries: Awaited<ReturnType<typeof listed>>;
  try {
    entries = await listed(folder);
  } catch (cause) {
    throw new KeyturnError('NOT_FOUND', `--bundle: ${folder} is no folder that can be read`, {
      field: 'bundle',
      cause,
    });
  }
  for (const path of entries) {
    const name = relative(folder, path).split(sep).join('/');
    if ((await stat(path)).size > MAX_FILE_BYTES)
      throw new KeyturnError('TOO_LARGE', `${name} is too large for a bundle`);
    files.set(name, await readFile(path));
  }
  return files;
};

const listed = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

/** Writes a bundle into a folder of its own, which must not hold anything yet. Throws USAGE. */
export const writeFolder = async (folder: string, files: Files): Promise<void> => {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new KeyturnError('USAGE', `--export: ${folder} is not empty, and a bundle is never mixed with other files`, {
      field: 'export',
    });
  for (const [name, bytes] of files) {
    const path = join(folder, ...name.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, { flag: 'wx' });
  }
};
