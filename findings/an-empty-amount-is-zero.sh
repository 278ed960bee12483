#!/usr/bin/env bash
# An amount that was left empty is zero for viem and eth-sig-util in typed data, and for web3 in units; ethers refuses it.
#
# Version: ethers 6.17.0, viem 2.57.0, @metamask/eth-sig-util 8.2.0, web3-utils 4.3.3
# Expected: An error: an empty field of a form is no amount. viem's own parseUnits says so.
# Seen: The text goes through BigInt(""), which is 0.
# Output seen:
#   typed data, ethers: throws invalid BigNumberish string: empty string
#   typed data, viem: as 0? yes
#   typed data, eth-sig-util: as 0? yes
#   units, ethers: throws invalid FixedNumber string value
#   units, viem: throws Value `` is not a valid decimal number.
#   units, web3: 0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 @metamask/eth-sig-util@8.2.0 web3-utils@4.3.3
run <<'JS'
import { TypedDataUtils } from '@metamask/eth-sig-util';
import { parseUnits as ethersUnits, TypedDataEncoder } from 'ethers';
import { hashTypedData, parseUnits } from 'viem';
import { toWei } from 'web3-utils';
import { show } from './lib.mjs';

const domain = { name: 'Shop' };
const types = { Pay: [{ name: 'wei', type: 'uint256' }] };
const data = (wei) => ({
  domain,
  types: { EIP712Domain: [{ name: 'name', type: 'string' }], ...types },
  primaryType: 'Pay',
  message: { wei },
});
const zero = hashTypedData(data(0n));
const asZero = (digest) => `as 0? ${digest === zero ? 'yes' : 'no'}`;
await show('typed data, ethers', () => asZero(TypedDataEncoder.hash(domain, types, { wei: '' })));
await show('typed data, viem', () => asZero(hashTypedData(data(''))));
await show('typed data, eth-sig-util', () => asZero(`0x${Buffer.from(TypedDataUtils.eip712Hash(data(''), 'V4')).toString('hex')}`));
await show('units, ethers', () => ethersUnits('', 6));
await show('units, viem', () => parseUnits('', 6));
await show('units, web3', () => toWei('', 'mwei'));
JS
