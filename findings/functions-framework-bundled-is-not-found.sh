#!/usr/bin/env bash
# A function whose bundle contains functions-framework is "not defined" for functions-framework.
#
# Version: @google-cloud/functions-framework 5.0.5, esbuild 0.28.2
# Expected: http('hello', ...) registers the function, whichever copy of the package it is called on.
# Seen: The registry is a variable of the module. The bundled copy fills its own, and the server reads another.
# Output seen:
#   bundled: Function 'hello' is not defined
#   external: Function: hello
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/functions-framework@5.0.5 esbuild@0.28.2
run <<'JS'
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { start } from './lib.mjs';

writeFileSync('entry.mjs', "import { http } from '@google-cloud/functions-framework';\nhttp('hello', (_, response) => response.send('hi'));\n");
const attempt = async (label, external) => {
  mkdirSync(label);
  await build({ entryPoints: ['entry.mjs'], outfile: join(label, 'index.cjs'), bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent', external });
  writeFileSync(join(label, 'package.json'), '{ "main": "index.cjs" }');
  const said = await start(
    process.execPath,
    ['node_modules/@google-cloud/functions-framework/build/src/main.js', '--target=hello', `--source=${label}`, '--port=0'],
    /(Function 'hello' is not defined|Function: hello)/,
  ).then(({ found }) => found, (error) => error.message);
  console.log(`${label}: ${said}`);
};
await attempt('bundled', []);
await attempt('external', ['@google-cloud/functions-framework']);
process.exit();
JS
