#!/usr/bin/env bash
# A JSON-RPC notification gets no answer from anvil, an error from Hardhat and a result from Ganache.
#
# Version: anvil 1.7.1, Hardhat 3.18.0, Ganache 7.9.2
# Expected: JSON-RPC 2.0: a request without an id is a notification, and is not answered.
# Seen: Three nodes, three answers. Hardhat's says that the request is invalid; Ganache's has no id.
# Output seen:
#   anvil: 204 (nothing)
#   Hardhat: 200 {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request","data":{"message":"Invalid request"}}}
#   Ganache: 200 {"jsonrpc":"2.0","result":"0x539"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { anvil, ganache, hardhat, post } from './lib.mjs';

const body = '{"jsonrpc":"2.0","method":"eth_chainId","params":[]}';
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]]) {
  const { status, text } = await post(url, body);
  console.log(`${name}: ${status} ${text || '(nothing)'}`);
}
process.exit();
JS
