#!/usr/bin/env bash
# "false" as text in a bool of typed data is signed as true by ethers and eth-sig-util, and as false by web3.
#
# Version: ethers 6.17.0, viem 2.57.0, @metamask/eth-sig-util 8.2.0, web3-eth-abi 4.4.1
# Expected: An error, or false. Forms and query strings give flags as text.
# Seen: Two digests for one message, and neither library says a word.
# Output seen:
#   ethers: true
#   viem: throws Invalid boolean value: "false" (type: string). Expected: `true` or `false`.
#   eth-sig-util: true
#   web3: false
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 @metamask/eth-sig-util@8.2.0 web3-eth-abi@4.4.1
run <<'JS'
import { TypedDataUtils } from '@metamask/eth-sig-util';
import { keccak256, TypedDataEncoder } from 'ethers';
import { hashTypedData } from 'viem';
import { getEncodedEip712Data } from 'web3-eth-abi';
import { show } from './lib.mjs';

const domain = { name: 'Shop' };
const types = { Order: [{ name: 'refundable', type: 'bool' }] };
const data = (refundable) => ({
  domain,
  types: { EIP712Domain: [{ name: 'name', type: 'string' }], ...types },
  primaryType: 'Order',
  message: { refundable },
});
const signed = (digest) => [true, false].find((flag) => hashTypedData(data(flag)) === digest);
await show('ethers', () => signed(TypedDataEncoder.hash(domain, types, { refundable: 'false' })));
await show('viem', () => signed(hashTypedData(data('false'))));
await show('eth-sig-util', () => signed(`0x${Buffer.from(TypedDataUtils.eip712Hash(data('false'), 'V4')).toString('hex')}`));
await show('web3', () => signed(keccak256(getEncodedEip712Data(data('false')))));
JS
