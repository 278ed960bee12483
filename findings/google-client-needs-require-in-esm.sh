#!/usr/bin/env bash
# An ES module bundle of a Google client does not start, since "require" is missing in it.
#
# Version: @google-cloud/storage 8.4.0 (which ships ES modules), esbuild 0.28.2
# Expected: A package with ES modules bundles into one that runs.
# Seen: CommonJS dependencies require Node's own modules when they load. A banner that makes "require" helps.
# Output seen:
#   plain: Error: Dynamic require of "child_process" is not supported
#   with a require: it runs
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0 esbuild@0.28.2
run <<'JS'
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

writeFileSync('entry.mjs', "import { Storage } from '@google-cloud/storage';\nnew Storage({ projectId: 'p' });\nconsole.log('it runs');\n");
const attempt = async (label, banner) => {
  const outfile = join(mkdtempSync('bundle-'), 'bundle.mjs');
  await build({ entryPoints: ['entry.mjs'], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', banner: { js: banner } });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
  console.log(`${label}: ${/it runs|\w*Error: .*/.exec(stdout + stderr)?.[0]}`);
};
await attempt('plain', '');
await attempt('with a require', "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);");
JS
