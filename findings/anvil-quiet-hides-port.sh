#!/usr/bin/env bash
# anvil takes port 0, and --quiet then hides which port it got.
#
# Version: anvil 1.7.1
# Expected: The address is told in some way also with --quiet, since nobody else can know it.
# Seen: Not one byte on either stream; the address is told only together with the development keys.
# Output seen:
#   loud: port told true, private keys told true
#   quiet, for 3 s: 0 bytes
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
run <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { anvilPath, start } from './lib.mjs';

const { child: loud, output } = await start(anvilPath(), ['--port', '0'], /Listening on [\d.]+:(\d+)/);
console.log(`loud: port told ${/Listening on [\d.]+:[1-9]/.test(output())}, private keys told ${output().includes('Private Keys')}`);
loud.removeAllListeners('exit');
loud.kill();

const quiet = spawn(anvilPath(), ['--port', '0', '--quiet']);
let bytes = 0;
quiet.stdout.on('data', (chunk) => { bytes += chunk.length; });
quiet.stderr.on('data', (chunk) => { bytes += chunk.length; });
setTimeout(() => quiet.kill(), 3000);
await once(quiet, 'close');
console.log(`quiet, for 3 s: ${bytes} bytes`);
process.exit();
JS
