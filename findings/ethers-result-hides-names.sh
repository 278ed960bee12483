#!/usr/bin/env bash
# A contract's output named "length" or "map" cannot be read by that name from an ethers result.
#
# Version: ethers 6.17.0
# Expected: result.length is the output of that name, as result.reserve is for another.
# Seen: It is the number of outputs: a plausible number, and the wrong one. toObject() and getValue() give the right one.
# Output seen:
#   result.reserve: 900
#   result.length: 3
#   result.map: a function
#   getValue('length'): 700, toObject().length: 700
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0
run <<'JS'
import { AbiCoder, Interface } from 'ethers';

const data = AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256', 'uint256'], [700, 800, 900]);
const result = new Interface(['function box() view returns (uint256 length, uint256 map, uint256 reserve)']).decodeFunctionResult('box', data);
console.log(`result.reserve: ${result.reserve}`);
console.log(`result.length: ${result.length}`);
console.log(`result.map: a ${typeof result.map}`);
console.log(`getValue('length'): ${result.getValue('length')}, toObject().length: ${result.toObject().length}`);
JS
