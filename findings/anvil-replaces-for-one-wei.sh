#!/usr/bin/env bash
# anvil lets one more wei of maxFeePerGas replace a transaction, with the same tip; other nodes want a tenth more of both.
#
# Version: anvil 1.7.1, Hardhat 3.18.0, Ganache 7.9.2
# Expected: A replacement must raise both fees by 10 percent, as on the networks.
# Seen: On anvil the fee cap alone decides, by one wei. A fee bump that no network takes passes every test on it.
# Output seen:
#   anvil: tip + 10 % alone refused, cap + 1 wei alone taken, both + 10 % taken
#   Hardhat: tip + 10 % alone refused, cap + 1 wei alone refused, both + 10 % taken
#   Ganache: tip + 10 % alone refused, cap + 1 wei alone refused, both + 10 % taken
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
const GWEI = 1_000_000_000n;
for (const [name, url] of nodes) {
  const chainId = Number(await call(url, 'eth_chainId'));
  const send = async (maxFeePerGas, maxPriorityFeePerGas) => {
    const raw = await new Wallet(KEY).signTransaction({ type: 2, chainId, nonce: 1, to: `0x${'22'.repeat(20)}`, gasLimit: 21_000, maxFeePerGas, maxPriorityFeePerGas });
    return (await ask(url, 'eth_sendRawTransaction', raw)).error ? 'refused' : 'taken';
  };
  await send(20n * GWEI, GWEI);
  console.log(`${name}: tip + 10 % alone ${await send(20n * GWEI, (11n * GWEI) / 10n)}, cap + 1 wei alone ${await send(20n * GWEI + 1n, GWEI)}, both + 10 % ${await send(23n * GWEI, (12n * GWEI) / 10n)}`);
}
process.exit();
JS
