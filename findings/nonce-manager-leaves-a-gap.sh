#!/usr/bin/env bash
# After a payment that the node refused, the NonceManager of ethers goes on above the unused nonce, and nothing is mined any more.
#
# Version: ethers 6.17.0, viem 2.57.0, anvil 1.7.1
# Expected: The nonce of a refused transaction is used for the next one, as the nonceManager of viem does.
# Seen: The next payment waits behind a gap for ever, until somebody calls reset(). The node and ethers report no error.
# Output seen:
#   ethers, too dear: throws insufficient funds for intrinsic transaction cost
#   ethers, then 1 wei: nonce 1
#   ethers, in the node: {"pending":"0x0","queued":"0x1"}
#   viem, too dear: throws The total cost (gas * gas fee + value) of executing this transaction exceeds the balance of the account.
#   viem, then 1 wei: nonce 0
#   viem, in the node: {"pending":"0x1","queued":"0x0"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { JsonRpcProvider, NonceManager, Wallet } from 'ethers';
import { createWalletClient, http } from 'viem';
import { nonceManager, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { anvil, call, KEY, show } from './lib.mjs';

const to = `0x${'22'.repeat(20)}`;
const tooDear = 10n ** 30n;
const tryBoth = async (name, url, send) => {
  await show(`${name}, too dear`, () => send(tooDear));
  await show(`${name}, then 1 wei`, async () => {
    const { nonce } = await call(url, 'eth_getTransactionByHash', await send(1n));
    return `nonce ${Number(nonce)}`;
  });
  await show(`${name}, in the node`, () => call(url, 'txpool_status'));
};

const one = await anvil('--no-mining');
const manager = new NonceManager(new Wallet(KEY, new JsonRpcProvider(one, undefined, { cacheTimeout: -1 })));
await tryBoth('ethers', one, async (value) => (await manager.sendTransaction({ to, value, gasLimit: 21000n })).hash);

const two = await anvil('--no-mining');
const account = privateKeyToAccount(KEY, { nonceManager });
const wallet = createWalletClient({ account, chain: foundry, transport: http(two) });
await tryBoth('viem', two, (value) => wallet.sendTransaction({ to, value, gas: 21000n }));
process.exit(0);
JS
