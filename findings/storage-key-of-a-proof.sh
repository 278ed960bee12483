#!/usr/bin/env bash
# anvil and Hardhat take the storage key "0x0" in eth_getStorageAt, and refuse it in eth_getProof.
#
# Version: @foundry-rs/anvil 1.7.1, hardhat 3.18.0, ganache 7.9.2
# Expected: One key, one spelling for both. The execution API lets a key of a proof have from 0 to 32 bytes, without leading zeros if one likes.
# Seen: In a proof anvil and Hardhat want all 32 bytes; Ganache takes both.
# Output seen:
#   anvil: storage 0x0 taken, proof 0x0 refused (odd number of digits), proof of 32 bytes taken
#   Hardhat: storage 0x0 taken, proof 0x0 refused (odd number of digits), proof of 32 bytes taken
#   Ganache: storage 0x0 taken, proof 0x0 taken, proof of 32 bytes taken
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ganache@7.9.2 hardhat@3.18.0
install_anvil
run <<'JS'
import { anvil, ask, ganache, hardhat } from './lib.mjs';

const address = `0x${'22'.repeat(20)}`;
const told = ({ error }) => (error ? `refused (${error.message.replace(/ at line .*/, '')})` : 'taken');
for (const [name, start] of [['anvil', anvil], ['Hardhat', hardhat], ['Ganache', ganache]]) {
  const url = await start();
  const storage = told(await ask(url, 'eth_getStorageAt', address, '0x0', 'latest'));
  const short = told(await ask(url, 'eth_getProof', address, ['0x0'], 'latest'));
  const whole = told(await ask(url, 'eth_getProof', address, [`0x${'00'.repeat(32)}`], 'latest'));
  console.log(`${name}: storage 0x0 ${storage}, proof 0x0 ${short}, proof of 32 bytes ${whole}`);
}
process.exit(0);
JS
