#!/usr/bin/env bash
# The selector of "f(uint)" is not that of f(uint256) in viem and web3, and a space changes it in web3.
#
# Version: viem 2.57.0, web3-eth-abi 4.4.1, ethers 6.17.0
# Expected: Signatures are read as Solidity, where uint is uint256 and spaces mean nothing.
# Seen: viem takes away spaces and names and keeps the alias; web3 hashes the text as it stands; ethers' fragments do both. Nobody warns.
# Output seen:
#   f(uint256): ethers 0xb3de648b, viem 0xb3de648b, web3 0xb3de648b
#   f(uint): ethers 0xb3de648b, viem 0x693c6139, web3 0x693c6139
#   f(address,uint256): ethers 0x724658c1, viem 0x724658c1, web3 0x724658c1
#   f(address, uint256): ethers 0x724658c1, viem 0x724658c1, web3 0xf52578fb
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0 web3-eth-abi@4.4.1 ethers@6.17.0
run <<'JS'
import { FunctionFragment } from 'ethers';
import { toFunctionSelector } from 'viem';
import { encodeFunctionSignature } from 'web3-eth-abi';

for (const signature of ['f(uint256)', 'f(uint)', 'f(address,uint256)', 'f(address, uint256)'])
  console.log(`${signature}: ethers ${FunctionFragment.from(`function ${signature}`).selector}, viem ${toFunctionSelector(signature)}, web3 ${encodeFunctionSignature(signature)}`);
JS
