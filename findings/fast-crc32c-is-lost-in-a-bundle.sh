#!/usr/bin/env bash
# A bundle of fast-crc32c has no checksum in it.
#
# Version: fast-crc32c 2.0.0, esbuild 0.28.2
# Expected: The bundler finds the JavaScript implementation, or warns.
# Seen: The package requires its implementation by a name in a variable. esbuild says nothing, and the bundle throws when it starts.
# Output seen:
#   fast-crc32c: 0 warnings, Error: no CRC-32C implementation is available
#   fast-crc32c/impls/js_crc32c.js: 0 warnings, checksum 2591144780
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install fast-crc32c@2.0.0 esbuild@0.28.2
run <<'JS'
import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const specifiers = ['fast-crc32c', 'fast-crc32c/impls/js_crc32c.js'];
const warnings = [];
for (const [at, specifier] of specifiers.entries()) {
  writeFileSync('entry.cjs', `console.log('checksum ' + require('${specifier}').calculate('hello'));`);
  warnings.push((await build({ entryPoints: ['entry.cjs'], outfile: `bundle${at}.cjs`, bundle: true, platform: 'node', logLevel: 'silent' })).warnings.length);
}
renameSync('node_modules', 'not-deployed');
for (const [at, specifier] of specifiers.entries()) {
  const { stdout, stderr } = spawnSync(process.execPath, [`bundle${at}.cjs`], { encoding: 'utf8' });
  console.log(`${specifier}: ${warnings[at]} warnings, ${/checksum \d+|Error: .*/.exec(stdout + stderr)?.[0]}`);
}
process.exit();
JS
