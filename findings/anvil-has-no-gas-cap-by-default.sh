#!/usr/bin/env bash
# anvil on Osaka takes a transaction of 17 million gas, which Osaka forbids.
#
# Version: anvil 1.7.1, Hardhat 3.18.0
# Expected: EIP-7825, part of Osaka: a transaction's gas limit is at most 16777216.
# Seen: The cap is off unless --enable-tx-gas-limit is given, also with --hardfork osaka. Hardhat has it by default.
# Output seen:
#   anvil --hardfork osaka: taken
#   anvil --hardfork osaka --enable-tx-gas-limit: refused, intrinsic gas too high -- tx.gas_limit > env.cfg.tx_gas_limit_cap
#   Hardhat: refused, Transaction gas limit is 17000000 and exceeds transaction gas cap of 16777216
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { anvil, ask, hardhat, KEY } from './lib.mjs';

const raw = await new Wallet(KEY).signTransaction({
  type: 2, chainId: 31337, nonce: 0, to: `0x${'22'.repeat(20)}`, gasLimit: 17_000_000, maxFeePerGas: 5_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n,
});
const nodes = [
  ['anvil --hardfork osaka', await anvil('--hardfork', 'osaka')],
  ['anvil --hardfork osaka --enable-tx-gas-limit', await anvil('--hardfork', 'osaka', '--enable-tx-gas-limit')],
  ['Hardhat', await hardhat({ hardfork: 'osaka' })],
];
for (const [name, url] of nodes) {
  const { error } = await ask(url, 'eth_sendRawTransaction', raw);
  console.log(`${name}: ${error ? `refused, ${error.message}` : 'taken'}`);
}
process.exit();
JS
