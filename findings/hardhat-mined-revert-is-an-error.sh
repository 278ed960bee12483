#!/usr/bin/env bash
# Hardhat answers eth_sendRawTransaction with an error although the transaction is in a block.
#
# Version: Hardhat 3.18.0, anvil 1.7.1
# Expected: A transaction that reverts is accepted, and its receipt says status 0.
# Seen: The caller gets code 3 and no hash, as if nothing had been taken. The nonce is used and the fee is paid.
# Output seen:
#   anvil: answer a hash; receipt status 0x0, nonce now 0x1
#   Hardhat: answer error 3; receipt status 0x0, nonce now 0x1
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ethers@6.17.0
run <<'JS'
import { keccak256, Wallet } from 'ethers';
import { ADDRESS, anvil, ask, call, hardhat, KEY } from './lib.mjs';

const raw = await new Wallet(KEY).signTransaction({
  type: 2, chainId: 31337, nonce: 0, to: null, data: '0x60016000526001601ffd', gasLimit: 100_000, maxFeePerGas: 5_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n,
});
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()]]) {
  const { result, error } = await ask(url, 'eth_sendRawTransaction', raw);
  let receipt = null;
  while (receipt === null) receipt = await call(url, 'eth_getTransactionReceipt', keccak256(raw));
  console.log(`${name}: answer ${result ? 'a hash' : `error ${error.code}`}; receipt status ${receipt.status}, nonce now ${await call(url, 'eth_getTransactionCount', ADDRESS, 'latest')}`);
}
process.exit();
JS
