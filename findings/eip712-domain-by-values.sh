#!/usr/bin/env bash
# ethers takes the EIP-712 domain from its values, in its own order. A payload that lists its domain otherwise gets another digest.
#
# Version: ethers 6.17.0, viem 2.57.0, @metamask/eth-sig-util 8.2.0
# Expected: The type EIP712Domain of the payload says which members count, and in which order.
# Seen: ethers is never given that type. It signs for one fixed order, and counts a value that the type leaves out.
# Output seen:
#   name, chainId: ethers 0xf6ccdd72, viem 0xf6ccdd72, eth-sig-util 0xf6ccdd72
#   chainId, name: ethers 0xf6ccdd72, viem 0xbf7ed823, eth-sig-util 0xbf7ed823
#   name, chainId, and a value for version: ethers 0xe089e140, viem 0xf6ccdd72, eth-sig-util 0xf6ccdd72
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 @metamask/eth-sig-util@8.2.0
run <<'JS'
import { TypedDataUtils } from '@metamask/eth-sig-util';
import { TypedDataEncoder } from 'ethers';
import { hashTypedData } from 'viem';

const name = { name: 'name', type: 'string' };
const chainId = { name: 'chainId', type: 'uint256' };
const Pay = [{ name: 'wei', type: 'uint256' }];
const message = { wei: 5 };
const compare = (label, EIP712Domain, domain) => {
  const data = { domain, types: { EIP712Domain, Pay }, primaryType: 'Pay', message };
  console.log(`${label}: ethers ${TypedDataEncoder.hash(domain, { Pay }, message).slice(0, 10)}, viem ${hashTypedData(data).slice(0, 10)}, eth-sig-util 0x${Buffer.from(TypedDataUtils.eip712Hash(data, 'V4')).toString('hex').slice(0, 8)}`);
};
compare('name, chainId', [name, chainId], { name: 'Shop', chainId: 1 });
compare('chainId, name', [chainId, name], { name: 'Shop', chainId: 1 });
compare('name, chainId, and a value for version', [name, chainId], { name: 'Shop', chainId: 1, version: '2' });
JS
