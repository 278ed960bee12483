#!/usr/bin/env bash
# The block "finalized" is 64 blocks old on anvil, and the newest one on Hardhat and Ganache.
#
# Version: anvil 1.7.1, Hardhat 3.18.0, Ganache 7.9.2
# Expected: Development nodes agree on what is final.
# Seen: After 100 blocks: 36 on anvil, 100 on the others. On anvil nothing at all is final in the first 64 blocks.
# Output seen:
#   anvil: latest 100, safe 68, finalized 36
#   Hardhat: latest 100, safe 100, finalized 100
#   Ganache: latest 100, safe 100, finalized 100
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { anvil, call, ganache, hardhat } from './lib.mjs';

for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]]) {
  for (let block = 0; block < 100; block += 1) await call(url, 'evm_mine');
  const height = async (tag) => Number((await call(url, 'eth_getBlockByNumber', tag, false)).number);
  console.log(`${name}: latest ${await height('latest')}, safe ${await height('safe')}, finalized ${await height('finalized')}`);
}
process.exit();
JS
