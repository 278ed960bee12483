#!/usr/bin/env bash
# Hardhat and Ganache tell no chain id of a legacy transaction that was signed for one.
#
# Version: Hardhat 3.18.0, Ganache 7.9.2, anvil 1.7.1
# Expected: eth_getTransactionByHash has "chainId" for every transaction that EIP-155 protects.
# Seen: Two nodes leave it out. Only "v" has it: (v - 35) / 2.
# Output seen:
#   anvil: signed for 31337, chainId 0x7a69, v says 31337
#   Hardhat: signed for 31337, chainId left out, v says 31337
#   Ganache: signed for 1337, chainId left out, v says 1337
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { anvil, call, ganache, hardhat, KEY } from './lib.mjs';

for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]]) {
  const chainId = Number(await call(url, 'eth_chainId'));
  const raw = await new Wallet(KEY).signTransaction({ type: 0, chainId, nonce: 0, to: `0x${'22'.repeat(20)}`, gasLimit: 21_000, gasPrice: 5_000_000_000n });
  const seen = await call(url, 'eth_getTransactionByHash', await call(url, 'eth_sendRawTransaction', raw));
  console.log(`${name}: signed for ${chainId}, chainId ${seen.chainId ?? 'left out'}, v says ${(Number(seen.v) - 35) >> 1}`);
}
process.exit();
JS
