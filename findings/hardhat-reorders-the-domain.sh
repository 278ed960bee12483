#!/usr/bin/env bash
# Hardhat signs typed data in its own order of the domain's members, Ganache in that of the payload.
#
# Version: Ganache 7.9.2, Hardhat 3.18.0, ethers 6.17.0
# Expected: eth_signTypedData_v4 has one answer, since the signatures are deterministic.
# Seen: A payload that lists chainId before name gets two signatures from two nodes with one key.
# Output seen:
#   name, chainId: ethers 0x73db8229, Hardhat 0x73db8229, Ganache 0x73db8229
#   chainId, name: ethers 0x73db8229, Hardhat 0x73db8229, Ganache 0xaffff0ed
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install hardhat@3.18.0 ganache@7.9.2 ethers@6.17.0
run <<'JS'
import { Wallet } from 'ethers';
import { ADDRESS, call, ganache, hardhat, KEY } from './lib.mjs';

const name = { name: 'name', type: 'string' };
const chainId = { name: 'chainId', type: 'uint256' };
const payloads = {
  'name, chainId': [name, chainId],
  'chainId, name': [chainId, name],
};
const nodes = [['Hardhat', await hardhat()], ['Ganache', await ganache()]];
for (const [label, EIP712Domain] of Object.entries(payloads)) {
  const domain = { name: 'Shop', chainId: 1 };
  const text = 'hello';
  const Note = [{ name: 'text', type: 'string' }];
  const signatures = [`ethers ${(await new Wallet(KEY).signTypedData(domain, { Note }, { text })).slice(0, 10)}`];
  for (const [node, url] of nodes)
    signatures.push(`${node} ${(await call(url, 'eth_signTypedData_v4', ADDRESS, { domain, types: { EIP712Domain, Note }, primaryType: 'Note', message: { text } })).slice(0, 10)}`);
  console.log(`${label}: ${signatures.join(', ')}`);
}
process.exit();
JS
