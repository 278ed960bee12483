import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** `image.json`: what a Dockerfile says, as far as the launcher reads it. */
const imageConfig = z.strictObject({
  entrypoint: z.array(z.string().min(1)).min(1),
  cmd: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).default({}),
});

export type ImageConfig = z.infer<typeof imageConfig>;

export interface Image {
  readonly folder: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The hash of image.json alone, in the place of the OCI configuration's. */
  readonly id: string;
  readonly config: ImageConfig;
}

const FILE_NAME = /^[A-Za-z0-9._-]+$/;
const REPOSITORY = /^[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

const filesUnder = (folder: string, prefix = ''): readonly string[] =>
  readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = `${prefix}${entry.name}`;
    if (!FILE_NAME.test(entry.name))
      throw new Error(`image ${folder}: file name ${JSON.stringify(name)} is not allowed`);
    if (entry.isDirectory()) return filesUnder(folder, `${name}/`);
    // A link would let the content change under a digest that stays.
    if (!entry.isFile()) throw new Error(`image ${folder}: ${name} is not a plain file`);
    return [name];
  });

/** `sha256:` over the sorted lines `<name> <sha256 of the file>\n` of all files, sub-folders with `/`. Throws on links and odd names. */
export const imageDigest = (folder: string): string => {
  const lines = filesUnder(folder).map((name) => `${name} ${sha256(readFileSync(join(folder, name)))}\n`);
  return `sha256:${sha256(lines.sort().join(''))}`;
};

const readConfig = (folder: string): { readonly id: string; readonly config: ImageConfig } => {
  const text = readFileSync(join(folder, 'image.json'), 'utf8');
  return { id: `sha256:${sha256(text)}`, config: imageConfig.parse(JSON.parse(text)) };
};

/** `repo`, `repo:tag` or `repo@sha256:…`; a repository may hold a port, so only what follows the last `/` can be a tag. */
const parseReference = (
  reference: string,
): { readonly repository: string; readonly tag?: string; readonly digest?: string } => {
  const [named = '', digest, more] = reference.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const repository = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (
    !REPOSITORY.test(repository) ||
    more !== undefined ||
    (tag !== undefined && !TAG.test(tag)) ||
    (digest !== undefined && !DIGEST.test(digest))
  )
    throw new Error(`could not parse image reference ${JSON.stringify(reference)}`);
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
};

/** The registry: images by digest, which never change, and tags, which do. */
export class Images {
  readonly #images = new Map<string, Image>();
  readonly #tags = new Map<string, string>();

  /** Adds the image in `folder` under `reference` (`repo` or `repo:tag`, default tag `latest`). Returns its digest. */
  add(reference: string, folder: string): string {
    const { repository, tag = 'latest', digest: given } = parseReference(reference);
    if (given !== undefined) throw new Error(`an image is added by tag, not by digest: ${reference}`);
    const digest = imageDigest(folder);
    this.#images.set(`${repository}@${digest}`, { folder, digest, ...readConfig(folder) });
    this.#tags.set(`${repository}:${tag}`, digest);
    return digest;
  }

  /** The image that `reference` means now. A digest decides even where a tag is given too. Throws on a malformed reference. */
  find(reference: string): Image | undefined {
    const { repository, tag = 'latest', digest } = parseReference(reference);
    const wanted = digest ?? this.#tags.get(`${repository}:${tag}`);
    return wanted === undefined ? undefined : this.#images.get(`${repository}@${wanted}`);
  }
}
