#!/usr/bin/env bash
# Without a chain id ethers signs for chain 0, ethereumjs for chain 1, and viem throws.
#
# Version: ethers 6.17.0, @ethereumjs/tx 10.1.3, viem 2.57.0
# Expected: An error in all three, since an EIP-1559 transaction is signed for one chain.
# Seen: Two libraries fill in a chain that nobody named, each another one. A transaction for a test network becomes one for mainnet.
# Output seen:
#   ethers: 0n
#   ethereumjs: 1n
#   viem: throws Cannot convert undefined to a BigInt
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 @ethereumjs/tx@10.1.3 viem@2.57.0
run <<'JS'
import { createTx } from '@ethereumjs/tx';
import { Transaction, Wallet } from 'ethers';
import { hexToBytes, parseTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { KEY, show } from './lib.mjs';

const to = `0x${'22'.repeat(20)}`;
const fees = { nonce: 0, to, value: 1n, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n };
await show('ethers', async () => Transaction.from(await new Wallet(KEY).signTransaction({ type: 2, gasLimit: 21_000, ...fees })).chainId);
await show('ethereumjs', () => createTx({ type: 2, gasLimit: 21_000, ...fees }).sign(hexToBytes(KEY)).chainId);
await show('viem', async () => parseTransaction(await privateKeyToAccount(KEY).signTransaction({ type: 'eip1559', gas: 21_000n, ...fees })).chainId);
JS
