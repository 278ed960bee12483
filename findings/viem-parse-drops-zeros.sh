#!/usr/bin/env bash
# viem's parseTransaction leaves out a value of 0 and a tip of 0, as if they had not been signed.
#
# Version: viem 2.57.0, ethers 6.17.0
# Expected: A signed field comes back: value 0n, maxPriorityFeePerGas 0n, as nonce 0 does.
# Seen: The members are missing, so a check like value === 0n fails for a transaction that moves nothing.
# Output seen:
#   ethers: {"nonce":0,"value":"0n","maxPriorityFeePerGas":"0n","data":"0x"}
#   viem: {"nonce":0}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0 ethers@6.17.0
run <<'JS'
import { Transaction, Wallet } from 'ethers';
import { parseTransaction } from 'viem';
import { KEY, text } from './lib.mjs';

const raw = await new Wallet(KEY).signTransaction({
  type: 2, chainId: 1, nonce: 0, to: `0x${'22'.repeat(20)}`, value: 0, gasLimit: 21_000, maxFeePerGas: 2, maxPriorityFeePerGas: 0,
});
const pick = ({ nonce, value, maxPriorityFeePerGas, data }) => text({ nonce, value, maxPriorityFeePerGas, data });
console.log(`ethers: ${pick(Transaction.from(raw))}`);
console.log(`viem: ${pick(parseTransaction(raw))}`);
JS
