#!/usr/bin/env bash
# Two ethers calls at once travel as one JSON-RPC batch, and the refusal of a node without batches gets lost.
#
# Version: ethers 6.17.0
# Expected: Two calls are two requests, or the node's "batches are not supported" reaches the caller.
# Seen: Each call alone works. Together both fail with "missing response for request". { batchMaxCount: 1 } helps.
# Output seen:
#   one: 7
#   two at once: throws missing response for request
#   two at once, batchMaxCount 1: [7,"7n"]
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { ADDRESS, json, serve, show } from './lib.mjs';

const server = await serve(({ body }, response) => {
  const asked = JSON.parse(body);
  if (Array.isArray(asked)) return json(response, { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'batches are not supported' } });
  json(response, { jsonrpc: '2.0', id: asked.id, result: '0x7' });
});
const provider = (options) => new JsonRpcProvider(server.url, 1, { staticNetwork: true, cacheTimeout: -1, ...options });
const both = (one) => Promise.all([one.getBlockNumber(), one.getBalance(ADDRESS)]);
await show('one', () => provider({}).getBlockNumber());
await show('two at once', () => both(provider({})));
await show('two at once, batchMaxCount 1', () => both(provider({ batchMaxCount: 1 })));
process.exit();
JS
