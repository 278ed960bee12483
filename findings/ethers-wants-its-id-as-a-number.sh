#!/usr/bin/env bash
# ethers finds no answer in one whose id came back as a string; viem does not look at it.
#
# Version: ethers 6.17.0, viem 2.57.0
# Expected: One HTTP request with one call has one answer. Some gateways write every id as a string.
# Seen: ethers throws "missing response for request", which reads as if the node had been silent.
# Output seen:
#   ethers: throws missing response for request
#   viem: 7n
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http } from 'viem';
import { json, serve, show } from './lib.mjs';

const server = await serve(({ body }, response) => {
  const { id } = JSON.parse(body);
  json(response, { jsonrpc: '2.0', id: String(id), result: '0x7' });
});
await show('ethers', () => new JsonRpcProvider(server.url, 1, { staticNetwork: true }).getBlockNumber());
await show('viem', () => createPublicClient({ transport: http(server.url) }).getBlockNumber());
process.exit();
JS
