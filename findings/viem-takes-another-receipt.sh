#!/usr/bin/env bash
# viem waits for a payment that was cancelled, and resolves with "success": the receipt is that of the cancelling transaction.
#
# Version: viem 2.57.0, ethers 6.17.0, anvil 1.7.1
# Expected: An error that the transaction was replaced, since the payee got nothing.
# Seen: viem resolves with the receipt of whatever used the nonce. Only its transactionHash and "to" tell. tx.wait() of ethers throws.
# Output seen:
#   viem: status success, the payment's hash no, to the payee no
#   ethers tx.wait: throws transaction was replaced
#   ethers waitForTransaction: throws timeout
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install viem@2.57.0 ethers@6.17.0
run <<'JS'
import { JsonRpcProvider, Wallet } from 'ethers';
import { createPublicClient, createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { anvil, call, KEY, show } from './lib.mjs';

const payee = `0x${'22'.repeat(20)}`;
const account = privateKeyToAccount(KEY);
const yes = (is) => (is ? 'yes' : 'no');
const tell = ({ status, transactionHash, hash, to }, payment) =>
  `status ${status}, the payment's hash ${yes((transactionHash ?? hash) === payment)}, to the payee ${yes(to === payee)}`;
const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };
const dearer = { maxFeePerGas: 3n * 10n ** 10n, maxPriorityFeePerGas: 3n * 10n ** 9n };

/** `pay` sends the payment of nonce 0 and gives the promise of its receipt; then nonce 0 is used for something else. */
const cancelled = async (pay) => {
  const url = await anvil('--no-mining');
  const wallet = createWalletClient({ account, chain: foundry, transport: http(url) });
  const { hash, receipt } = await pay(url, wallet);
  receipt.catch(() => {});
  for (let looks = 0; looks < 5; looks += 1) await call(url, 'eth_blockNumber');
  await new Promise((done) => setTimeout(done, 600));
  await wallet.sendTransaction({ to: account.address, value: 0n, nonce: 0, gas: 21000n, ...dearer });
  await new Promise((done) => setTimeout(done, 400));
  await call(url, 'evm_mine');
  return tell(await receipt, hash);
};

await show('viem', () =>
  cancelled(async (url, wallet) => {
    const hash = await wallet.sendTransaction({ to: payee, value: 5n, nonce: 0, gas: 21000n, ...fees });
    const client = createPublicClient({ chain: foundry, transport: http(url), pollingInterval: 100 });
    return { hash, receipt: client.waitForTransactionReceipt({ hash, timeout: 8000 }) };
  }),
);
const byEthers = (wait) => async (url) => {
  const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 100 });
  const sent = await new Wallet(KEY, provider).sendTransaction({ to: payee, value: 5n, nonce: 0, gasLimit: 21000n, ...fees });
  return { hash: sent.hash, receipt: wait(sent, provider) };
};
await show('ethers tx.wait', () => cancelled(byEthers((sent) => sent.wait(1, 8000))));
await show('ethers waitForTransaction', () => cancelled(byEthers((sent, provider) => provider.waitForTransaction(sent.hash, 1, 4000))));
process.exit(0);
JS
