import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '#cli/app/shell.ts';
import { canonicalText, hashOf, type Json, sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** What `docker build` gets: four files. The tag says what is in them, so that looking at a registry shows whether it has this very image. */
export interface ImageContext {
  /** Absolute. */
  readonly folder: string;
  readonly tag: string;
}

const FILES = ['Dockerfile', 'main.mjs', 'signer.mjs', 'law.json'] as const;

const lawText = (law: unknown): string => canonicalText(JSON.parse(JSON.stringify(law)) as Json);

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

/** The builder too is part of what makes the bytes: another BuildKit may compress, or rewrite times in the base, in another way. */
const BUILDKIT = 'moby/buildkit:v0.23.2@sha256:ddd1ca44b21eda906e81ab14a3d467fa6c39cd73b9a39df1196210edcb8db59e';
const BUILDER = `keyturn-${BUILDKIT.slice(-8)}`;

const builderLine = [
  `docker buildx inspect ${BUILDER} >/dev/null 2>&1 ||`,
  `docker buildx create --name ${BUILDER} --driver docker-container --driver-opt image=${BUILDKIT}`,
].join(' ');

/**
 * Reproducible as far as docker goes: no clock, no network, no attestations (they hold the time), no cache. `unpack=false`: times cannot be
 * rewritten in what a local store unpacks. https://docs.docker.com/build/ci/github-actions/reproducible-builds/
 */
const buildLine = (folder: string, output: string, more: readonly string[] = []): string =>
  [
    `SOURCE_DATE_EPOCH=0 docker buildx build --builder ${BUILDER} --platform linux/amd64`,
    '--network none --provenance=false --sbom=false --no-cache',
    ...more,
    `--output ${shellWord(`${output},oci-mediatypes=true,rewrite-timestamp=true`)}`,
    shellWord(folder),
  ].join(' ');

/** Builds, pushes and shows the digest. */
export const imageCommands = (
  { folder, tag }: Pick<ImageContext, 'folder' | 'tag'>,
  repository: string,
): readonly string[] => {
  const image = `${repository}:${tag}`;
  const [host = ''] = repository.split('/');
  return [
    builderLine,
    `gcloud auth configure-docker ${shellWord(host)}`,
    buildLine(folder, `type=image,name=${image},push=true,unpack=false`),
    `gcloud artifacts docker images describe ${shellWord(image)} --format=${shellWord('value(image_summary.digest)')}`,
  ];
};

/** In the folder that `compareCommands` is given. */
export const METADATA = 'metadata.json';

/** Builds the same image without pushing it anywhere, for whoever is asked to accept it. */
export const compareCommands = ({ folder }: ImageContext, into: string): readonly string[] => [
  builderLine,
  buildLine(folder, `type=oci,dest=${join(into, 'image.tar')}`, ['--metadata-file', shellWord(join(into, METADATA))]),
];

/** What buildx wrote into its --metadata-file. Throws CONFIG. */
export const digestInMetadata = (text: string): string => {
  const found = /"containerimage\.digest"\s*:\s*"(sha256:[0-9a-f]{64})"/.exec(text)?.[1];
  if (found === undefined) throw new KeyturnError('CONFIG', 'docker told no digest of the image that it built');
  return found;
};
