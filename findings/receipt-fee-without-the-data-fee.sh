#!/usr/bin/env bash
# The fee of a receipt is too small on a rollup. ethers drops "l1Fee", and viem leaves it as hex unless it knows the chain.
#
# Version: ethers 6.17.0, viem 2.57.0
# Expected: receipt.fee is what the sender paid. On OP Stack chains most of that can be the data fee.
# Seen: ethers counts gas only and keeps no trace of the field. viem has a number under its OP chains and a string under others.
# Output seen:
#   paid: 10000000002100000 wei
#   ethers: fee 2100000, l1Fee undefined
#   viem as OP Mainnet: l1Fee 10000000000000000n, a bigint
#   viem as Ethereum: l1Fee 0x2386f26fc10000, a string
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http } from 'viem';
import { mainnet, optimism } from 'viem/chains';
import { ADDRESS, serveRpc, text } from './lib.mjs';

const hash = `0x${'11'.repeat(32)}`;
const receipt = {
  transactionHash: hash, transactionIndex: '0x0', blockHash: `0x${'22'.repeat(32)}`, blockNumber: '0x5', from: ADDRESS, to: ADDRESS,
  cumulativeGasUsed: '0x5208', gasUsed: '0x5208', effectiveGasPrice: '0x64', contractAddress: null, logs: [], logsBloom: `0x${'00'.repeat(256)}`,
  status: '0x1', type: '0x2', l1Fee: '0x2386f26fc10000',
};
const server = await serveRpc(() => ({ result: receipt }));
const byEthers = await new JsonRpcProvider(server.url, 10, { staticNetwork: true }).getTransactionReceipt(hash);
console.log(`paid: ${21_000n * 100n + BigInt(receipt.l1Fee)} wei`);
console.log(`ethers: fee ${byEthers.fee}, l1Fee ${byEthers.l1Fee}`);
for (const chain of [optimism, mainnet]) {
  const { l1Fee } = await createPublicClient({ transport: http(server.url), chain }).getTransactionReceipt({ hash });
  console.log(`viem as ${chain.name}: l1Fee ${text(l1Fee)}, a ${typeof l1Fee}`);
}
process.exit();
JS
