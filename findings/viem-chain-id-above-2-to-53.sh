#!/usr/bin/env bash
# viem rounds the chain id of a legacy transaction above 2^53, and throws for a typed one.
#
# Version: viem 2.57.0, ethers 6.17.0
# Expected: The chain id that was signed. EIP-155 and the typed transactions set no bound of 2^53.
# Seen: A legacy transaction comes back with another chain id, without an error.
# Output seen:
#   legacy, ethers: 1152921504606846977n
#   legacy, viem: 1152921504606847000
#   EIP-1559, ethers: 1152921504606846977n
#   EIP-1559, viem: throws Number "1152921504606846977n" is not in safe integer range (-9007199254740991 to 9007199254740991)
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0 ethers@6.17.0
run <<'JS'
import { Transaction, Wallet } from 'ethers';
import { parseTransaction } from 'viem';
import { KEY, show } from './lib.mjs';

const chainId = 1152921504606846977n;
const common = { chainId, nonce: 0, to: `0x${'22'.repeat(20)}`, gasLimit: 21_000 };
for (const [name, fields] of [['legacy', { type: 0, gasPrice: 2 }], ['EIP-1559', { type: 2, maxFeePerGas: 2 }]]) {
  const raw = await new Wallet(KEY).signTransaction({ ...common, ...fields });
  await show(`${name}, ethers`, () => Transaction.from(raw).chainId);
  await show(`${name}, viem`, () => parseTransaction(raw).chainId);
}
JS
