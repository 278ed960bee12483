#!/usr/bin/env bash
# Ganache answers the very bytes that it already holds with "transaction underpriced".
#
# Version: Ganache 7.9.2, anvil 1.7.1, Hardhat 3.18.0
# Expected: A word for "I have it already", as from other nodes, or the hash again.
# Seen: The words of a replacement that pays too little. A sender that repeats lost calls raises its fee for nothing.
# Output seen:
#   anvil: -32003 transaction already imported
#   Hardhat: -32000 Known transaction
#   Ganache: -32003 transaction underpriced
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { anvil, ask, call, ganache, hardhat, KEY } from './lib.mjs';

const nodes = [
  ['anvil', await anvil('--no-mining')],
  ['Hardhat', await hardhat({ mining: { auto: false, interval: 0 } })],
  ['Ganache', await ganache({ miner: { blockTime: 1000 } })],
];
for (const [name, url] of nodes) {
  const chainId = Number(await call(url, 'eth_chainId'));
  const raw = await new Wallet(KEY).signTransaction({
    type: 2, chainId, nonce: 1, to: `0x${'22'.repeat(20)}`, gasLimit: 21_000, maxFeePerGas: 5_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n,
  });
  await call(url, 'eth_sendRawTransaction', raw);
  const { error } = await ask(url, 'eth_sendRawTransaction', raw);
  console.log(`${name}: ${error.code} ${error.message.split(':')[0]}`);
}
process.exit();
JS
