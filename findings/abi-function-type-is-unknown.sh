#!/usr/bin/env bash
# No JavaScript library encodes Solidity's type "function"; ethers drops every method that has one.
#
# Version: ethers 6.17.0, viem 2.57.0, web3-eth-abi 4.4.1
# Expected: "function" is an ABI type of the Solidity compiler: 24 bytes, an address and a selector.
# Seen: All three refuse to encode it. An ethers Interface of such a contract is made, with the method left out and one console warning.
# Output seen:
#   ethers: throws invalid param type
#   viem: throws Type "function" is not a valid encoding type.
#   web3: throws Unsupported
#   ethers Interface of each(function) and one(uint256): one
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 web3-eth-abi@4.4.1
run <<'JS'
import { AbiCoder, Interface } from 'ethers';
import { encodeAbiParameters } from 'viem';
import { encodeParameters } from 'web3-eth-abi';
import { show } from './lib.mjs';

const callback = `0x${'11'.repeat(24)}`;
await show('ethers', () => AbiCoder.defaultAbiCoder().encode(['function'], [callback]));
await show('viem', () => encodeAbiParameters([{ type: 'function' }], [callback]));
await show('web3', () => encodeParameters(['function'], [callback]));

const method = (name, type) => ({ type: 'function', name, inputs: [{ name: 'x', type }], outputs: [], stateMutability: 'view' });
console.log = () => {};
const { fragments } = new Interface([method('each', 'function'), method('one', 'uint256')]);
process.stdout.write(`ethers Interface of each(function) and one(uint256): ${fragments.map(({ name }) => name)}\n`);
JS
