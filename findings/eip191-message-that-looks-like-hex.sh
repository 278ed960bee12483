#!/usr/bin/env bash
# web3 signs the message "0xdeadbeef" as four bytes; ethers and viem sign it as ten characters.
#
# Version: web3-eth-accounts 4.3.1, ethers 6.17.0, viem 2.57.0
# Expected: A string is text in all three, since bytes have a type of their own.
# Seen: The digests of one and the same string differ, so a signature of one library fails in another.
# Output seen:
#   hello: ethers 0x50b2c43fd39106ba, viem 0x50b2c43fd39106ba, web3 0x50b2c43fd39106ba
#   0xdeadbeef: ethers 0xefedd0a9a0294228, viem 0xefedd0a9a0294228, web3 0xd1c7f1a06a4f9a53
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install web3-eth-accounts@4.3.1 ethers@6.17.0 viem@2.57.0
run <<'JS'
import { hashMessage as byEthers } from 'ethers';
import { hashMessage as byViem } from 'viem';
import { hashMessage as byWeb3 } from 'web3-eth-accounts';

for (const message of ['hello', '0xdeadbeef'])
  console.log(`${message}: ethers ${byEthers(message).slice(0, 18)}, viem ${byViem(message).slice(0, 18)}, web3 ${byWeb3(message).slice(0, 18)}`);
JS
