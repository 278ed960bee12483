#!/usr/bin/env bash
# An amount finer than a wei is refused by ethers, rounded by viem and cut off by web3.
#
# Version: ethers 6.17.0, viem 2.57.0, web3-utils 4.3.3
# Expected: One of the three, or an error in all: no whole number of wei is that amount.
# Seen: viem rounds half a wei up and web3 cuts it off, both without a word. So one text is two amounts of money.
# Output seen:
#   ethers: throws too many decimals for format
#   viem: 1000000000000000002n
#   web3: 1000000000000000001
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 web3-utils@4.3.3
run <<'JS'
import { parseEther as byEthers } from 'ethers';
import { parseEther as byViem } from 'viem';
import { toWei } from 'web3-utils';
import { show } from './lib.mjs';

const amount = '1.0000000000000000015';
await show('ethers', () => byEthers(amount));
await show('viem', () => byViem(amount));
await show('web3', () => toWei(amount, 'ether'));
JS
