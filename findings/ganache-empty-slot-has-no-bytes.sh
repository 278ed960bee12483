#!/usr/bin/env bash
# Ganache gives a storage slot that was never written as "0x", where other nodes give 32 zero bytes.
#
# Version: ganache 7.9.2, @foundry-rs/anvil 1.7.1, hardhat 3.18.0, ethers 6.17.0, viem 2.57.0
# Expected: eth_getStorageAt gives 32 bytes. A wallet reads the slot of EIP-1967 in this way, to say whether an address is a proxy.
# Seen: On Ganache the empty slot has no bytes, and ethers and viem hand them on: as a number that throws, and it is not equal to 32 zero bytes.
#       Its proof of that slot is an empty list, where the others give the root of the empty trie.
# Output seen:
#   anvil: 32 bytes, ethers 32 bytes, viem 32 bytes, BigInt 0, proof ["0x80"]
#   Hardhat: 32 bytes, ethers 32 bytes, viem 32 bytes, BigInt 0, proof ["0x80"]
#   Ganache: 0 bytes, ethers 0 bytes, viem 0 bytes, BigInt throws, proof []
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ganache@7.9.2 hardhat@3.18.0 ethers@6.17.0 viem@2.57.0
install_anvil
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http } from 'viem';
import { anvil, call, ganache, hardhat } from './lib.mjs';

const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
const address = `0x${'22'.repeat(20)}`;
const bytes = (hex) => `${(hex.length - 2) / 2} bytes`;
const number = (hex) => {
  try {
    return BigInt(hex);
  } catch {
    return 'throws';
  }
};
for (const [name, start] of [['anvil', anvil], ['Hardhat', hardhat], ['Ganache', ganache]]) {
  const url = await start();
  const raw = await call(url, 'eth_getStorageAt', address, slot, 'latest');
  const ethers = await new JsonRpcProvider(url).getStorage(address, slot);
  const viem = await createPublicClient({ transport: http(url) }).getStorageAt({ address, slot });
  const { storageProof } = await call(url, 'eth_getProof', address, [slot], 'latest');
  const proof = JSON.stringify(storageProof[0].proof);
  console.log(`${name}: ${bytes(raw)}, ethers ${bytes(ethers)}, viem ${bytes(viem)}, BigInt ${number(raw)}, proof ${proof}`);
}
process.exit(0);
JS
