#!/usr/bin/env bash
# The base fee of an idle EIP-1559 chain stops at 7 wei.
#
# Version: @ethereumjs/block 10.1.3, Osaka rules
# Expected: Empty blocks lower the base fee by one eighth each, until it is 0.
# Seen: It stays at 7 for ever, since an eighth of 7 is 0 in whole numbers. A transaction that offers 6 wei is never mined.
# Output seen:
#   from 1000 wei, after 41 empty blocks: 7 wei
#   after one more: 7 wei
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @ethereumjs/block@10.1.3 @ethereumjs/common@10.1.3
run <<'JS'
import { createBlock } from '@ethereumjs/block';
import { Common, Mainnet } from '@ethereumjs/common';

const common = new Common({ chain: Mainnet, hardfork: 'osaka' });
const empty = (baseFeePerGas) =>
  createBlock({ header: { number: 1n, gasLimit: 30_000_000n, gasUsed: 0n, baseFeePerGas } }, { common });
const next = (fee) => empty(fee).header.calcNextBaseFee();

let fee = 1000n;
let blocks = 0;
while (next(fee) !== fee) {
  fee = next(fee);
  blocks += 1;
}
console.log(`from 1000 wei, after ${blocks} empty blocks: ${fee} wei`);
console.log(`after one more: ${next(fee)} wei`);
JS
