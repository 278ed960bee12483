#!/usr/bin/env bash
# Hardhat refuses a call that gives its data under both names, "data" and "input", also when they are equal.
#
# Version: Hardhat 3.18.0, anvil 1.7.1, Ganache 7.9.2
# Expected: Equal values under the old and the new name mean one thing.
# Seen: "duplicate field `data`" from Hardhat, whose caller sent "data" once. The other two answer.
# Output seen:
#   anvil data: 7
#   anvil input: 7
#   anvil data and input: 7
#   Hardhat data: 7
#   Hardhat input: 7
#   Hardhat data and input: duplicate field `data`
#   Ganache data: 7
#   Ganache input: 7
#   Ganache data and input: 7
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { ADDRESS, anvil, ask, ganache, hardhat } from './lib.mjs';

const code = '0x600760005260206000f3'; // returns 7
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()], ['Ganache', await ganache()]])
  for (const fields of [{ data: code }, { input: code }, { data: code, input: code }]) {
    const { result, error } = await ask(url, 'eth_call', { from: ADDRESS, ...fields }, 'latest');
    console.log(`${name} ${Object.keys(fields).join(' and ')}: ${error ? error.message.split(' at ')[0] : Number(result)}`);
  }
process.exit();
JS
