import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { onHost } from '#local/cloud/compute/image-paths.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-paths-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
symlinkSync(folder, join(folder, 'link'));
const paths = { root: join(folder, 'link'), launcherDir: folder };

test.each([
  ['the folder of the image, links resolved', '--allow-fs-read=/app/', `--allow-fs-read=${folder}/`],
  ['a file of it', '--allow-fs-read=/app/law.json', `--allow-fs-read=${folder}/law.json`],
  ['the folder of the launcher', '--allow-fs-read=/run/container_launcher/', `--allow-fs-read=${folder}/`],
  ['another path stays', '--allow-fs-write=/proc/self/coredump_filter', '--allow-fs-write=/proc/self/coredump_filter'],
  ['a path that only begins alike stays', '--allow-fs-read=/apple/', '--allow-fs-read=/apple/'],
  ['no option stays', 'main.mjs', 'main.mjs'],
  ['an option without a path stays', '--disable-proto=delete', '--disable-proto=delete'],
])('%s', (_, given, wanted) => {
  expect(onHost(given, paths)).toBe(wanted);
});
