#!/usr/bin/env bash
# Which spellings are an address depends on the library: ethers reads IBAN-like ones, web3 reads "0X", viem refuses capitals.
#
# Version: ethers 6.17.0, viem 2.57.0, web3-validator 2.0.6
# Expected: 0x and 40 hex digits, with or without the EIP-55 checksum, and nothing else.
# Seen: Five spellings of one address, and no two libraries that agree on all. The checksum of another chain (EIP-1191) is refused by all.
# Output seen:
#   EIP-55: ethers yes, viem yes, web3 yes
#   small letters: ethers yes, viem yes, web3 yes
#   capital letters: ethers yes, viem no, web3 yes
#   without 0x: ethers yes, viem no, web3 yes
#   with 0X: ethers no, viem no, web3 yes
#   ICAP: ethers yes, viem no, web3 no
#   EIP-1191 of chain 30: ethers no, viem no, web3 no
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 web3-validator@2.0.6
run <<'JS'
import { getIcapAddress, isAddress as byEthers } from 'ethers';
import { getAddress, isAddress as byViem } from 'viem';
import { isAddress as byWeb3 } from 'web3-validator';

const address = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045';
const digits = address.slice(2);
const spellings = {
  'EIP-55': address,
  'small letters': address.toLowerCase(),
  'capital letters': `0x${digits.toUpperCase()}`,
  'without 0x': digits,
  'with 0X': `0X${digits}`,
  ICAP: getIcapAddress(address),
  'EIP-1191 of chain 30': getAddress(address, 30),
};
const yes = (is) => (is ? 'yes' : 'no');
for (const [name, spelling] of Object.entries(spellings))
  console.log(`${name}: ethers ${yes(byEthers(spelling))}, viem ${yes(byViem(spelling))}, web3 ${yes(byWeb3(spelling))}`);
JS
