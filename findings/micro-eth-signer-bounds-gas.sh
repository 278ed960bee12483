#!/usr/bin/env bash
# micro-eth-signer signs no transaction with more than 30 million gas, on any chain.
#
# Version: micro-eth-signer 0.20.1, ethers 6.17.0
# Expected: How much gas a transaction may have is a rule of its chain. Mantle (chain 5000) counts in another scale, with estimates of tens of millions
#           for a transfer, and so do other rollups. ethers signs what it is told.
# Seen: 30000000 is signed and 30000001 is refused, whatever the chain id. Ethereum's own bound since Osaka is 16777216, which it does not know.
# Output seen:
#   16777217 gas: micro-eth-signer signs, ethers signs
#   30000000 gas: micro-eth-signer signs, ethers signs
#   30000001 gas: micro-eth-signer throws fields had validation errors, ethers signs
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install micro-eth-signer@0.20.1 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { Transaction } from 'micro-eth-signer';
import { KEY } from './lib.mjs';

const fees = { maxFeePerGas: 20_000_000n, maxPriorityFeePerGas: 1n };
const to = '0xdf90dea0e0bf5ca6d2a7f0cb86874ba6714f463e';
const attempt = async (sign) => {
  try {
    await sign();
    return 'signs';
  } catch (error) {
    return `throws ${error.message.split('\n')[0]}`;
  }
};
for (const gasLimit of [16_777_217n, 30_000_000n, 30_000_001n]) {
  const micro = await attempt(() => Transaction.prepare({ to, value: 1n, nonce: 0n, chainId: 5000n, gasLimit, ...fees }).signBy(KEY));
  const ethers = await attempt(() => new Wallet(KEY).signTransaction({ to, value: 1n, nonce: 0, chainId: 5000n, gasLimit, type: 2, ...fees }));
  console.log(`${gasLimit} gas: micro-eth-signer ${micro}, ethers ${ethers}`);
}
JS
