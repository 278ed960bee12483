#!/usr/bin/env bash
# functions-framework on port 0 says "http://localhost:0/", and listens for the whole network.
#
# Version: @google-cloud/functions-framework 5.0.5
# Expected: It prints the port it got, and what it calls localhost is only reached from this machine.
# Seen: The port is told nowhere, and the server is bound to all interfaces. There is no option for the host.
# Output seen:
#   URL: http://localhost:0/
#   bound to all interfaces, port chosen;
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/functions-framework@5.0.5
run <<'JS'
import { writeFileSync } from 'node:fs';
import { start } from './lib.mjs';

writeFileSync('function.cjs', "require('@google-cloud/functions-framework').http('hello', (_, response) => response.send('hi'));");
// Tells what listen() was asked for and got, without changing it.
writeFileSync('watch.cjs', `
  const { Server } = require('node:net');
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...args) {
    this.once('listening', () => console.log('bound to ' + (['::', '0.0.0.0'].includes(this.address().address) ? 'all interfaces' : this.address().address) + ', port ' + (this.address().port === 0 ? 'none' : 'chosen') + ';'));
    return listen.apply(this, args);
  };`);
const { output } = await start(
  process.execPath,
  ['--require', './watch.cjs', 'node_modules/@google-cloud/functions-framework/build/src/main.js', '--target=hello', '--source=function.cjs', '--port=0'],
  /(bound to[^;]*);[^]*URL|URL[^]*(bound to[^;]*);/,
);
for (const line of output().split('\n').filter((each) => /^URL|^bound/.test(each)).sort()) console.log(line);
process.exit();
JS
