#!/usr/bin/env bash
# Of two overloaded functions that fit, viem calls the one that stands last in the ABI; ethers throws.
#
# Version: viem 2.57.0, ethers 6.17.0
# Expected: An error that the call is ambiguous, as viem itself gives for address and bytes20.
# Seen: Whether f(bytes) or f(string) is called depends on the order of the ABI, and so for uint8 and uint256.
# Output seen:
#   viem, bytes,string: string
#   viem, string,bytes: bytes
#   viem, uint8,uint256: uint256
#   viem, uint256,uint8: uint8
#   viem, address,bytes20: throws Found ambiguous types in overloaded ABI items.
#   ethers, bytes,string: throws ambiguous function description (i.e. matches "f(bytes)", "f(string)")
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0 ethers@6.17.0
run <<'JS'
import { Interface } from 'ethers';
import { encodeFunctionData, parseAbi, toFunctionSelector } from 'viem';
import { show } from './lib.mjs';

const called = (types, value) => {
  const data = encodeFunctionData({ abi: parseAbi(types.map((type) => `function f(${type})`)), functionName: 'f', args: [value] });
  return types.find((type) => data.startsWith(toFunctionSelector(`f(${type})`)));
};
for (const [types, value] of [
  [['bytes', 'string'], '0x1234'],
  [['string', 'bytes'], '0x1234'],
  [['uint8', 'uint256'], 5n],
  [['uint256', 'uint8'], 5n],
  [['address', 'bytes20'], `0x${'11'.repeat(20)}`],
])
  await show(`viem, ${types}`, () => called(types, value));
await show('ethers, bytes,string', () => new Interface(['function f(bytes)', 'function f(string)']).encodeFunctionData('f', ['0x1234']).slice(0, 10));
JS
