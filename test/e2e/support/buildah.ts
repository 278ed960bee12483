import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Why images cannot be built on this machine; undefined where they can. */
export const noBuildah = (): string | undefined => {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'buildah is run by root here, with chroot isolation';
  for (const program of ['buildah', 'unshare', 'ldd'])
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed`;
  return undefined;
};

/** buildah with a store of its own below `folder`, and without any network. */
export class Buildah {
  readonly #store: readonly string[];

  constructor(folder: string) {
    this.#store = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  }

  run(...args: readonly string[]): string {
    const all = ['--net', 'buildah', ...this.#store, ...args];
    return execFileSync('unshare', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** Builds the folder's Dockerfile on that base. */
  build(folder: string, tag: string, base: string): void {
    const from = base === '' ? [] : ['--build-arg', `BASE=${base}`];
    this.run('build', '--quiet', '--isolation', 'chroot', '--timestamp', '0', '--no-cache', ...from, '-t', tag, folder);
  }

  /** The digest of the manifest that a registry would show. */
  digest(tag: string, into: string): string {
    this.run('push', '--quiet', tag, `oci:${into}`);
    return JSON.parse(readFileSync(join(into, 'index.json'), 'utf8')).manifests[0].digest;
  }

  /** What the image says of its process. */
  config(tag: string): {
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly Labels: Record<string, string>;
  } {
    return JSON.parse(this.run('inspect', '--type', 'image', tag)).OCIv1.config;
  }
}

/** Stands in for the pinned base, which lies in a registry: the node binary that npm installed, at the base's path, with its libraries. */
export const writeNodeBase = (folder: string): void => {
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(folder, 'files', to)), { recursive: true });
    copyFileSync(from, join(folder, 'files', to));
  };
  copy(process.execPath, '/nodejs/bin/node');
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/[^ ()]+(?= \()/g) ?? [];
  for (const library of libraries) copy(library, library);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY files /\n');
};
