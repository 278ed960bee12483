#!/usr/bin/env bash
# functions-framework ends at once on SIGTERM: of three requests in work one gets a 500, the others a broken connection.
#
# Version: @google-cloud/functions-framework 5.0.5
# Expected: It stops listening and lets what runs finish, as a platform gives ten seconds for.
# Seen: The process is gone with exit code 0 before any of them is answered by the function.
# Output seen:
#   500 Received SIGTERM
#   broken connection
#   broken connection
#   exit code 0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/functions-framework@5.0.5
run <<'JS'
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { start } from './lib.mjs';

writeFileSync('function.cjs', "require('@google-cloud/functions-framework').http('slow', (_, response) => { console.log('in work'); setTimeout(() => response.send('done'), 5000); });");
const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address();
probe.close();
await once(probe, 'close');
const { child, output } = await start(
  process.execPath,
  ['node_modules/@google-cloud/functions-framework/build/src/main.js', '--target=slow', '--source=function.cjs', `--port=${port}`],
  /(URL:)/,
);
child.removeAllListeners('exit');
const outcomes = [1, 2, 3].map(() =>
  fetch(`http://127.0.0.1:${port}/`).then(async (response) => `${response.status} ${await response.text()}`, () => 'broken connection'),
);
while (output().split('in work').length <= 3) await new Promise((go) => setTimeout(go, 50));
child.kill('SIGTERM');
const [code] = await once(child, 'exit');
for (const outcome of (await Promise.all(outcomes)).sort()) console.log(outcome);
console.log(`exit code ${code}`);
process.exit();
JS
