#!/usr/bin/env bash
# ethers refuses typed data that declares one type more than the message needs.
#
# Version: ethers 6.17.0, viem 2.57.0, @metamask/eth-sig-util 8.2.0
# Expected: The payload names its primaryType, so a spare type does no harm. One list of types can serve several messages.
# Seen: ethers takes no primaryType and looks for the type that no other uses. With two of them it throws; the others give one digest.
# Output seen:
#   ethers: throws ambiguous primary types or unused types: "Pay", "Refund"
#   viem: 0xd7c788eef28c882cf3439c51026e7d8f2cd48b6663f3b912b563d267cf2a9b03
#   eth-sig-util: 0xd7c788eef28c882cf3439c51026e7d8f2cd48b6663f3b912b563d267cf2a9b03
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 @metamask/eth-sig-util@8.2.0
run <<'JS'
import { TypedDataUtils } from '@metamask/eth-sig-util';
import { TypedDataEncoder } from 'ethers';
import { hashTypedData } from 'viem';
import { show } from './lib.mjs';

const domain = { name: 'Shop' };
const types = { Pay: [{ name: 'wei', type: 'uint256' }], Refund: [{ name: 'order', type: 'string' }] };
const message = { wei: 5 };
const data = { domain, types: { EIP712Domain: [{ name: 'name', type: 'string' }], ...types }, primaryType: 'Pay', message };
await show('ethers', () => TypedDataEncoder.hash(domain, types, message));
await show('viem', () => hashTypedData(data));
await show('eth-sig-util', () => `0x${Buffer.from(TypedDataUtils.eip712Hash(data, 'V4')).toString('hex')}`);
JS
