#!/usr/bin/env bash
# EIP-7702 uses up an account's nonce without a transaction from that account.
#
# Version: anvil 1.7.1, ethers 6.17.0
# Expected: A used nonce has a transaction of the account that used it.
# Seen: Another account's transaction carries the authorization. The nonce rises from 0 to 1, and no transaction has nonce 0.
# Output seen:
#   nonce before: 0x0
#   nonce after: 0x1
#   transactions from the account: 0 of 1
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { ADDRESS, anvil, call, ETHER_100, KEY } from './lib.mjs';

const url = await anvil();
const owner = new Wallet(KEY);
const sponsor = new Wallet(`0x${'02'.repeat(32)}`);
await call(url, 'anvil_setBalance', sponsor.address, ETHER_100);
const count = () => call(url, 'eth_getTransactionCount', ADDRESS, 'latest');
console.log(`nonce before: ${await count()}`);

const delegate = `0x${'22'.repeat(20)}`;
const raw = await sponsor.signTransaction({
  type: 4,
  chainId: 31337,
  nonce: 0,
  to: sponsor.address,
  gasLimit: 200_000,
  maxFeePerGas: 5_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
  authorizationList: [await owner.authorize({ address: delegate, nonce: 0, chainId: 31337 })],
});
const hash = await call(url, 'eth_sendRawTransaction', raw);
while ((await call(url, 'eth_getTransactionReceipt', hash)) === null) await new Promise((go) => setTimeout(go, 50));

console.log(`nonce after: ${await count()}`);
const senders = [];
for (let height = Number(await call(url, 'eth_blockNumber')); height >= 0; height -= 1) {
  const block = await call(url, 'eth_getBlockByNumber', `0x${height.toString(16)}`, true);
  senders.push(...block.transactions.map((transaction) => transaction.from));
}
console.log(`transactions from the account: ${senders.filter((from) => from === ADDRESS.toLowerCase()).length} of ${senders.length}`);
process.exit();
JS
