#!/usr/bin/env bash
# Ganache gives a method that it does not know, and a block that it does not have, the code of a parse error.
#
# Version: Ganache 7.9.2, Hardhat 3.18.0, anvil 1.7.1
# Expected: -32601 for a method that does not exist, and another code for a block that is not there yet.
# Seen: -32700 for both. Hardhat says -32004 for the method. Only anvil gives the code of the standard.
# Output seen:
#   anvil: unknown method -32601, future block -32602
#   Hardhat: unknown method -32004, future block -32000
#   Ganache: unknown method -32700, future block -32700
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { ADDRESS, anvil, ask, ganache, hardhat } from './lib.mjs';

for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]]) {
  const code = async (...request) => (await ask(url, ...request)).error.code;
  console.log(`${name}: unknown method ${await code('eth_unknown')}, future block ${await code('eth_getBalance', ADDRESS, '0x100')}`);
}
process.exit();
JS
