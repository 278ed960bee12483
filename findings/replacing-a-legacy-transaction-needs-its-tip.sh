#!/usr/bin/env bash
# A legacy transaction is not replaced by an EIP-1559 one of twice its price, unless the tip beats the gas price too.
#
# Version: Hardhat 3.18.0, Ganache 7.9.2
# Expected: A gas price of 20 gwei gives way to a fee cap of 40 gwei.
# Seen: The gas price counts as fee cap and as tip. With a tip of 2 gwei the new one is underpriced; with one of 22 gwei it is taken.
# Output seen:
#   Hardhat: cap 40 gwei with a tip of 2 gwei refused, with a tip of 22 gwei taken
#   Ganache: cap 40 gwei with a tip of 2 gwei refused, with a tip of 22 gwei taken
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install hardhat@3.18.0 ganache@7.9.2 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { ask, call, ganache, hardhat, KEY } from './lib.mjs';

const nodes = [
  ['Hardhat', await hardhat({ mining: { auto: false, interval: 0 } })],
  ['Ganache', await ganache({ miner: { blockTime: 1000 } })],
];
const gwei = (count) => BigInt(count) * 1_000_000_000n;
for (const [name, url] of nodes) {
  const chainId = Number(await call(url, 'eth_chainId'));
  const send = async (fees) => {
    const raw = await new Wallet(KEY).signTransaction({ chainId, nonce: 1, to: `0x${'22'.repeat(20)}`, gasLimit: 21_000, ...fees });
    return (await ask(url, 'eth_sendRawTransaction', raw)).error ? 'refused' : 'taken';
  };
  await send({ type: 0, gasPrice: gwei(20) });
  const tip2 = await send({ type: 2, maxFeePerGas: gwei(40), maxPriorityFeePerGas: gwei(2) });
  const tip22 = await send({ type: 2, maxFeePerGas: gwei(40), maxPriorityFeePerGas: gwei(22) });
  console.log(`${name}: cap 40 gwei with a tip of 2 gwei ${tip2}, with a tip of 22 gwei ${tip22}`);
}
process.exit();
JS
