#!/usr/bin/env bash
# From a gas price and no type, ethers makes a transaction of type 1 and viem one of type 0.
#
# Version: ethers 6.17.0, viem 2.57.0
# Expected: The same fields give the same bytes, and so the same hash.
# Seen: ethers adds an empty access list. Both are valid, so the one intent can be signed under two hashes.
# Output seen:
#   ethers: type 1, hash 0xdc5422639b4e3d39
#   viem: type 0, hash 0xcac3df7d3a1d5483
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { Transaction, Wallet } from 'ethers';
import { keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { KEY } from './lib.mjs';

const fields = { chainId: 1, nonce: 1, to: `0x${'22'.repeat(20)}`, value: 1n, gasPrice: 2n };
const byEthers = await new Wallet(KEY).signTransaction({ ...fields, gasLimit: 21_000n });
const byViem = await privateKeyToAccount(KEY).signTransaction({ ...fields, gas: 21_000n });
for (const [name, raw] of [['ethers', byEthers], ['viem', byViem]])
  console.log(`${name}: type ${Transaction.from(raw).type}, hash ${keccak256(raw).slice(0, 18)}`);
JS
