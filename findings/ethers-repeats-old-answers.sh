#!/usr/bin/env bash
# ethers gives the answer of a quarter of a second ago: the same nonce twice, although the node says another.
#
# Version: ethers 6.17.0, viem 2.57.0
# Expected: Each call asks the node, as eth_getTransactionCount changes with every block.
# Seen: Equal calls within 250 ms share one request. { cacheTimeout: -1 } turns this off. viem does so for the block number only.
# Output seen:
#   ethers getTransactionCount: the same answer twice? yes
#   ethers getBalance: the same answer twice? yes
#   ethers getTransactionCount, cacheTimeout -1: the same answer twice? no
#   viem getTransactionCount: the same answer twice? no
#   viem getBlockNumber: the same answer twice? yes
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http } from 'viem';
import { ADDRESS, serveRpc } from './lib.mjs';

let count = 0;
const server = await serveRpc(() => ({ result: `0x${(++count).toString(16)}` }));
const ethers = (options) => new JsonRpcProvider(server.url, 1, { staticNetwork: true, ...options });
const viem = createPublicClient({ transport: http(server.url) });
const twice = async (label, ask) => {
  const first = Number(await ask());
  console.log(`${label}: the same answer twice? ${Number(await ask()) === first ? 'yes' : 'no'}`);
};
const kept = ethers({});
await twice('ethers getTransactionCount', () => kept.getTransactionCount(ADDRESS));
await twice('ethers getBalance', () => kept.getBalance(ADDRESS));
const asked = ethers({ cacheTimeout: -1 });
await twice('ethers getTransactionCount, cacheTimeout -1', () => asked.getTransactionCount(ADDRESS));
await twice('viem getTransactionCount', () => viem.getTransactionCount({ address: ADDRESS }));
await twice('viem getBlockNumber', () => viem.getBlockNumber());
process.exit();
JS
