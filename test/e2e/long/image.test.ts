import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Buildah, noBuildah, writeNodeBase } from '#test/e2e/support/buildah.ts';
import { plainLaw, plainWallet, splitOf } from '#test/support/law.ts';
import { DIST, ensureBuilt, imageSettings } from '../../../build/build.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const why = noBuildah();
if (why !== undefined) console.warn(`SKIPPED: the image built by buildah (${why})`);

/**
 * The recipe of the image, carried out (threat 75). It proves the recipe and not the published digest: the pinned base lies in a registry, and BuildKit
 * writes another configuration than buildah does.
 */
describe.skipIf(why !== undefined)('the image, built by buildah without network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-buildah-'));
  const buildah = new Buildah(join(folder, 'store'));
  const law = plainLaw([plainWallet(splitOf(2, 3))]);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The context as somebody with that umask makes it: `keyturn build` writes the law, a checkout and a build the rest. */
  const contextOf = (umask: string): string => {
    const dist = join(folder, `dist-${umask}`);
    mkdirSync(dist);
    cpSync(join(DIST, 'image'), join(dist, 'image'), { recursive: true });
    const mode = 0o666 & ~Number.parseInt(umask, 8);
    for (const name of ['main.mjs', 'signer.mjs', 'Dockerfile']) chmodSync(join(dist, 'image', name), mode);
    const write = `
      import { writeContext } from '#cli/deploy/image-context.ts';
      writeContext(process.argv[1], JSON.parse(process.argv[2]));`;
    const inShell = 'umask "$1" && exec "$2" --input-type=module --eval "$3" "$4" "$5"';
    const args = ['-c', inShell, 'sh', umask, process.execPath, write, dist, JSON.stringify(law)];
    execFileSync('sh', args, { cwd: ROOT });
    expect(statSync(join(dist, 'image', 'law.json')).mode & 0o777).toBe(mode);
    return join(dist, 'image');
  };

  beforeAll(async () => {
    await ensureBuilt();
  }, 120_000);

  it('has one digest, whatever the umask of whoever builds it', () => {
    const digests = ['022', '002', '077'].map((umask) => {
      buildah.build(contextOf(umask), `umask-${umask}`, 'scratch');
      return buildah.digest(`umask-${umask}`, join(folder, `oci-${umask}`));
    });
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(new Set(digests).size).toBe(1);
  });

  it('says what the Dockerfile says, and the local launcher reads', () => {
    const { Entrypoint, Env, Labels } = buildah.config('umask-022');
    const settings = imageSettings(readFileSync(join(ROOT, 'workload/Dockerfile'), 'utf8'));
    expect(Entrypoint).toEqual(settings.entrypoint);
    expect(Labels).toMatchObject(settings.labels);
    expect(Env).toEqual(expect.arrayContaining(Object.entries(settings.env).map(([key, value]) => `${key}=${value}`)));
  });

  it('starts, under its own entry point, and refuses to work where there is no launcher', () => {
    const base = join(folder, 'base');
    mkdirSync(base);
    writeNodeBase(base);
    buildah.build(base, 'base', '');
    buildah.build(join(folder, 'dist-022', 'image'), 'whole', 'localhost/base');
    const { Entrypoint } = buildah.config('whole');
    const container = buildah.run('from', 'whole');
    const mounted = buildah.run('mount', container);
    // chroot(1) knows no working folder: that of the image is /app.
    const args = [mounted, ...Entrypoint.slice(0, -1), '/app/main.mjs'];
    const env = { PATH: process.env.PATH, KEYTURN_TURN: 'hot/1', KEYTURN_LAUNCHER_DIR: '/run/container_launcher' };
    const { status, stdout } = spawnSync('chroot', args, { env, encoding: 'utf8', timeout: 60_000 });
    const line = z.object({ message: z.string(), severity: z.string(), code: z.string().optional() });
    const lines = stdout
      .trim()
      .split('\n')
      .map((text) => line.parse(JSON.parse(text)));
    expect(lines.map(({ message }) => message)).toEqual(['turn.coredump', 'turn.start', 'turn.fault']);
    expect(lines.at(-1)).toMatchObject({ severity: 'ALERT', code: 'NOT_FOUND' });
    expect(status).toBe(1);
  });
});
