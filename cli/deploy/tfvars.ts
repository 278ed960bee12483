import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { shellWord } from '#cli/app/shell.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { Command } from './step.ts';

/**
 * What Terraform is told, in files that it reads by itself. With -var, every later plain apply would silently take the image's rights away
 * again. The operator's and a co-signer's are two files, since in a lab they lie in one folder.
 */
export const IMAGES_FILE = 'images.auto.tfvars.json';
export const ACCEPTED_FILE = 'accepted.auto.tfvars.json';

const images = z.looseObject({
  config: z.string().optional(),
  image_digests: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)).default([]),
});

/** What lies there; nothing where there is no file. Throws CONFIG. */
export const readImages = (folder: string): z.infer<typeof images> | undefined => {
  const path = join(folder, IMAGES_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return images.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new KeyturnError('CONFIG', `${path} is not what deploy writes: correct it, or remove it`, {
      field: 'terraform',
      cause,
    });
  }
};

export const hasModule = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.tf'));

/** Terraform takes two: the image that runs, and the one that follows it. */
const MOST = 2;

/** The new one and the one before: its rights end when a third comes, or a person removes it here. */
export const digestsWith = (before: readonly string[], digest: string | undefined): readonly string[] =>
  digest === undefined ? before : [digest, ...before.filter((one) => one !== digest)].slice(0, MOST);

const replace = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.${randomUUID()}.new`;
  try {
    await writeFile(beside, text, { flag: 'wx' });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

/** The operator's file with this image in it; undefined where it says so already. */
export const imagesCommand = (folder: string, config: string, digest: string | undefined): Command | undefined => {
  const found = readImages(folder);
  const before = found?.image_digests ?? [];
  const wanted = { ...found, config: relative(folder, config), image_digests: digestsWith(before, digest) };
  if (found !== undefined && JSON.stringify({ ...found }) === JSON.stringify(wanted)) return undefined;
  const path = join(folder, IMAGES_FILE);
  const text = JSON.stringify(wanted, null, 2);
  return {
    kind: 'write',
    line: `printf '%s\\n' ${shellWord(JSON.stringify(wanted))} > ${shellWord(path)}`,
    write: () => replace(path, `${text}\n`),
  };
};

/** As a co-signer types it, in the folder of the own root module. */
export const acceptedLine = (folder: string, digest: string, until: string): string =>
  `printf '%s\\n' ${shellWord(JSON.stringify({ accepted_images: { [digest]: until } }))} > ${shellWord(join(folder, ACCEPTED_FILE))}`;

/** Every apply is a plain one. */
export const applyLines = (folder: string, ...options: readonly string[]): readonly string[] => [
  `terraform -chdir=${shellWord(folder)} init -input=false`,
  [`terraform -chdir=${shellWord(folder)} apply -input=false`, ...options].join(' '),
];
