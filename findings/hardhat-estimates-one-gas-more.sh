#!/usr/bin/env bash
# Hardhat estimates 21001 gas for a plain transfer.
#
# Version: Hardhat 3.18.0, anvil 1.7.1, Ganache 7.9.2
# Expected: 21000: what the transfer uses, and what the other nodes say.
# Seen: One gas more. A test that compares an estimate with 21000 passes on two nodes and fails on the third.
# Output seen:
#   anvil: 21000
#   Hardhat: 21001
#   Ganache: 21000
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { ADDRESS, anvil, call, ganache, hardhat } from './lib.mjs';

const transfer = { from: ADDRESS, to: `0x${'22'.repeat(20)}`, value: '0x1' };
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]])
  console.log(`${name}: ${Number(await call(url, 'eth_estimateGas', transfer))}`);
process.exit();
JS
