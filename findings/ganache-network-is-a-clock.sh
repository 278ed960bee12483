#!/usr/bin/env bash
# Ganache's network id is the time at which it started, and so never its chain id.
#
# Version: Ganache 7.9.2, Hardhat 3.18.0, anvil 1.7.1
# Expected: net_version is the chain id, or at least the same on each start.
# Seen: It is the clock in milliseconds. Whoever keys contract addresses or settings by it finds none after a restart.
# Output seen:
#   anvil: eth_chainId 31337, net_version 31337
#   Hardhat: eth_chainId 31337, net_version 31337
#   Ganache: eth_chainId 1337, net_version the clock, in milliseconds
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { anvil, call, ganache, hardhat } from './lib.mjs';

for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]]) {
  const network = Number(await call(url, 'net_version'));
  const isClock = Math.abs(Date.now() - network) < 60_000;
  console.log(`${name}: eth_chainId ${Number(await call(url, 'eth_chainId'))}, net_version ${isClock ? 'the clock, in milliseconds' : network}`);
}
process.exit();
JS
