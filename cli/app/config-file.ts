import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';
import { configValue } from '#schemas/config-text.ts';
import { DEFAULT_CONFIG, findLab } from './find-lab.ts';

/** keyturn.json as it was typed: what its hash is made of, and what an edit keeps. */
export interface ConfigFile {
  /** Absolute, of the keyturn.json itself, also where a lab's dev.json was named. */
  readonly path: string;
  readonly text: string;
  readonly law: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, unknown>>;
  /** Whether it is the file of a running lab, which has read it already: an edit would change nothing there. */
  readonly lab: boolean;
}

const half = z.record(z.string(), z.unknown());
const wholeSchema = z.strictObject({ law: half, operations: half });
const devSchema = z.object({ ready: z.literal(true), config: z.string().min(1) });

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KeyturnError('NOT_FOUND', `${path} cannot be read`, { field: 'config', cause });
  }
};

/**
 * The two halves, not checked any further: before its wallets are made, a keyturn.json is no valid one yet. `given`: a keyturn.json or the
 * dev.json of a lab; the lab nearest to `folder` where undefined. Throws USAGE, NOT_FOUND, CONFIG.
 */
export const readConfigFile = async (folder: string, given: string | undefined): Promise<ConfigFile> => {
  const named = given === undefined ? (findLab(folder) ?? resolve(folder, DEFAULT_CONFIG)) : resolve(folder, given);
  const first = configValue(await textOf(named), named);
  const dev = devSchema.safeParse(first);
  const path = dev.success ? resolve(dev.data.config) : named;
  const text = await textOf(path);
  const whole = wholeSchema.safeParse(configValue(text, path));
  if (!whole.success)
    throw new KeyturnError('CONFIG', `${path} is no keyturn.json: it must hold law and operations, and nothing else`, {
      field: 'config',
    });
  return { path, text, ...whole.data, lab: dev.success };
};

/** What one level is indented by in `text`; two spaces where that cannot be told. */
const indentOf = (text: string): string => /^\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';

export const configText = (file: ConfigFile, law: unknown, operations: unknown = file.operations): string =>
  `${JSON.stringify({ law, operations }, null, indentOf(file.text))}\n`;

/** Whether an edit would change lines besides those that it means to change. */
export const isReformatted = (file: ConfigFile): boolean => configText(file, file.law) !== file.text;

/**
 * Puts `text` in the place of the file, whole or not at all, with the same mode. Throws CONFIG where somebody else has changed the file
 * since it was read.
 */
export const replaceConfigFile = async (file: ConfigFile, text: string): Promise<void> => {
  const beside = `${file.path}.${randomUUID()}.new`;
  try {
    const { mode } = await stat(file.path);
    const handle = await open(beside, 'wx', mode & 0o777);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await textOf(file.path)) !== file.text)
      throw new KeyturnError('CONFIG', `${file.path} was changed meanwhile: nothing was written`, { field: 'config' });
    await rename(beside, file.path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};
