import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalText, hashOf, type Json, sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { shellWord } from './shell.ts';

/** What `docker build` gets: three files. The tag says what is in them, so that looking at a registry shows whether it has this very image. */
export interface ImageContext {
  /** Absolute. */
  readonly folder: string;
  readonly tag: string;
}

const FILES = ['Dockerfile', 'main.js', 'law.json'] as const;

export const lawText = (law: unknown): string => canonicalText(JSON.parse(JSON.stringify(law)) as Json);

const contextIn = (folder: string): ImageContext => {
  const hashes = Object.fromEntries(
    FILES.map((name) => [name, sha256Hex(new Uint8Array(readFileSync(join(folder, name))))]),
  );
  return { folder, tag: `keyturn-${hashOf(hashes).slice(0, 32)}` };
};

/** A base by tag is another image next week: nobody could build it again and compare. Throws CONFIG. */
export const checkDockerfile = (text: string): void => {
  const [, base = ''] = /^ARG BASE=(\S+)$/m.exec(text) ?? [];
  if (!/@sha256:[0-9a-f]{64}$/.test(base))
    throw new KeyturnError('CONFIG', `workload/Dockerfile: the base ${base} is not pinned by digest`, {
      field: 'BASE',
    });
};

/** Puts the law beside the bundle. */
export const writeContext = (dist: string, law: unknown): ImageContext => {
  const folder = join(dist, 'image');
  checkDockerfile(readFileSync(join(folder, 'Dockerfile'), 'utf8'));
  writeFileSync(join(folder, 'law.json'), lawText(law));
  return contextIn(folder);
};

/** The context that lies there, if it is one with this law. */
export const contextWith = (dist: string, law: unknown): ImageContext | undefined => {
  const folder = join(dist, 'image');
  if (!FILES.every((name) => existsSync(join(folder, name)))) return undefined;
  return readFileSync(join(folder, 'law.json'), 'utf8') === lawText(law) ? contextIn(folder) : undefined;
};

export interface ImageName {
  readonly repository: string;
  readonly digest: string;
}

/** `repository@sha256:…` of the operations. */
export const imageNameOf = (image: string): ImageName => {
  const at = image.lastIndexOf('@');
  return { repository: image.slice(0, at), digest: image.slice(at + 1) };
};

/** What stands in `operations.image` before there is an image. */
export const isNoDigest = (digest: string): boolean => /^sha256:0{64}$/.test(digest);

/**
 * Builds, pushes and shows the digest. Reproducible as far as docker goes: no clock, no attestations (they hold the time), no cache.
 * https://docs.docker.com/build/ci/github-actions/reproducible-builds/
 */
export const imageCommands = ({ folder, tag }: ImageContext, repository: string): readonly string[] => {
  const image = `${repository}:${tag}`;
  const [host = ''] = repository.split('/');
  return [
    `gcloud auth configure-docker ${shellWord(host)}`,
    [
      'SOURCE_DATE_EPOCH=0 docker buildx build --platform linux/amd64 --provenance=false --sbom=false --no-cache',
      `--output ${shellWord(`type=image,name=${image},push=true,rewrite-timestamp=true`)}`,
      shellWord(folder),
    ].join(' '),
    `gcloud artifacts docker images describe ${shellWord(image)} --format=${shellWord('value(image_summary.digest)')}`,
  ];
};
