#!/usr/bin/env bash
# Ganache gives the data of a revert as a string in eth_call and as an object in eth_estimateGas.
#
# Version: Ganache 7.9.2, anvil 1.7.1, Hardhat 3.18.0
# Expected: error.data is the revert data, in hex, in both.
# Seen: From eth_estimateGas it is { hash, programCounter, result, reason, message }, and the data is in "result". Its code is not 3 either.
# Output seen:
#   anvil eth_call: code 3, data "0x01"
#   anvil eth_estimateGas: code 3, data "0x01"
#   Hardhat eth_call: code 3, data "0x01"
#   Hardhat eth_estimateGas: code 3, data "0x01"
#   Ganache eth_call: code -32000, data "0x01"
#   Ganache eth_estimateGas: code -32000, data {"hash":null,"programCounter":10,"result":"0x01","reason":null,"message":"revert"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { ADDRESS, anvil, ask, ganache, hardhat } from './lib.mjs';

// A creation whose code is: store 1, revert with its last byte.
const request = { from: ADDRESS, data: '0x60016000526001601ffd' };
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]])
  for (const [method, ...rest] of [['eth_call', 'latest'], ['eth_estimateGas']]) {
    const { error } = await ask(url, method, request, ...rest);
    console.log(`${name} ${method}: code ${error.code}, data ${JSON.stringify(error.data)}`);
  }
process.exit();
JS
