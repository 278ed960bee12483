#!/usr/bin/env bash
# web3-eth-abi hashes a typed-data string that looks like hex as bytes: another digest than everybody else's.
#
# Version: web3-eth-abi 4.4.1, ethers 6.17.0, viem 2.57.0, @metamask/eth-sig-util 8.2.0
# Expected: A member of type string is hashed as its UTF-8 text, whatever it looks like.
# Seen: For the text "0xab" three libraries agree, and web3-eth-abi gives a digest of its own. A plain text agrees in all four.
# Output seen:
#   "hello" ethers: 0x05aa82a5a3a1dc72
#   "hello" viem: 0x05aa82a5a3a1dc72
#   "hello" eth-sig-util: 0x05aa82a5a3a1dc72
#   "hello" web3-eth-abi: 0x05aa82a5a3a1dc72
#   "0xab" ethers: 0xe0631f09cfaaf23c
#   "0xab" viem: 0xe0631f09cfaaf23c
#   "0xab" eth-sig-util: 0xe0631f09cfaaf23c
#   "0xab" web3-eth-abi: 0x2dd1fe413be43ee0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install web3-eth-abi@4.4.1 ethers@6.17.0 viem@2.57.0 @metamask/eth-sig-util@8.2.0
run <<'JS'
import { TypedDataUtils } from '@metamask/eth-sig-util';
import { TypedDataEncoder } from 'ethers';
import { hashTypedData } from 'viem';
import { getEncodedEip712Data } from 'web3-eth-abi';

const domain = { name: 'Shop', chainId: 1 };
const Note = [{ name: 'text', type: 'string' }];
const EIP712Domain = [{ name: 'name', type: 'string' }, { name: 'chainId', type: 'uint256' }];
for (const value of ['hello', '0xab']) {
  const message = { text: value };
  const data = { domain, types: { EIP712Domain, Note }, primaryType: 'Note', message };
  const digests = {
    ethers: TypedDataEncoder.hash(domain, { Note }, message),
    viem: hashTypedData(data),
    'eth-sig-util': `0x${Buffer.from(TypedDataUtils.eip712Hash(data, 'V4')).toString('hex')}`,
    'web3-eth-abi': getEncodedEip712Data(data, true),
  };
  for (const [library, digest] of Object.entries(digests)) console.log(`"${value}" ${library}: ${digest.slice(0, 18)}`);
}
JS
