#!/usr/bin/env bash
# When a transaction is replaced, viem resolves with the receipt of the other one, and ethers throws.
#
# Version: viem 2.57.0, ethers 6.17.0, anvil 1.7.1
# Expected: Waiting for a hash never ends in success for another hash.
# Seen: viem's receipt says "success" for a transaction that paid nobody. Only its hash, or onReplaced, tells.
# Output seen:
#   viem: success, for the cancelling transaction
#   ethers: throws TRANSACTION_REPLACED, cancelled
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install viem@2.57.0 ethers@6.17.0
run <<'JS'
import { JsonRpcProvider, Wallet } from 'ethers';
import { createPublicClient, http } from 'viem';
import { ADDRESS, anvil, call, KEY } from './lib.mjs';

const url = await anvil('--no-mining');
const provider = new JsonRpcProvider(url, 31337, { staticNetwork: true, cacheTimeout: -1 });
provider.pollingInterval = 100;
const client = createPublicClient({ transport: http(url), pollingInterval: 100 });
const wallet = new Wallet(KEY, provider);
const send = (to, value, gwei) =>
  wallet.sendTransaction({ type: 2, nonce: 0, to, value, gasLimit: 21_000, maxFeePerGas: gwei * 3_000_000_000n, maxPriorityFeePerGas: gwei * 1_000_000_000n });

const payment = await send(`0x${'22'.repeat(20)}`, 1n, 1n);
const byViem = client.waitForTransactionReceipt({ hash: payment.hash });
const byEthers = payment.wait().then(() => 'a receipt', ({ code, reason }) => `throws ${code}, ${reason}`);
// Both must have seen the payment before it is gone.
await new Promise((go) => setTimeout(go, 3000));
const cancel = await send(ADDRESS, 0n, 2n);
await call(url, 'evm_mine');
const receipt = await byViem;
console.log(`viem: ${receipt.status}, for ${receipt.transactionHash === cancel.hash ? 'the cancelling transaction' : 'the payment'}`);
console.log(`ethers: ${await byEthers}`);
process.exit();
JS
