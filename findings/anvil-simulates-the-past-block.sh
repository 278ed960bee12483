#!/usr/bin/env bash
# anvil simulates in a block that is already there: eth_simulateV1 gives the number and the time of the latest block.
#
# Version: anvil 1.7.1
# Expected: The next block, as the execution API says of blocks without overrides: number and time above those of the base block.
# Seen: The first block of a simulation has the latest number and time again, and no parent. A call without "to" fails the whole request.
# Output seen:
#   latest: block 2
#   simulated: blocks 2, 3; parent of the first 0x0000000000; as old as the latest: yes
#   creation: throws Invalid transaction request: Failed to build transaction: eip1559 transaction can't be built due to missing keys: ["to"]
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
run <<'JS'
import { anvil, call, show } from './lib.mjs';

const url = await anvil();
await call(url, 'anvil_mine', '0x2');
const [from] = await call(url, 'eth_accounts');
const latest = await call(url, 'eth_getBlockByNumber', 'latest', false);
const simulate = (...blockStateCalls) => call(url, 'eth_simulateV1', { blockStateCalls }, 'latest');
const pay = { calls: [{ from, to: `0x${'22'.repeat(20)}`, value: '0x1' }] };
console.log(`latest: block ${Number(latest.number)}`);
const blocks = await simulate(pay, pay);
const same = blocks[0].timestamp === latest.timestamp ? 'yes' : 'no';
console.log(
  `simulated: blocks ${blocks.map(({ number }) => Number(number)).join(', ')}; parent of the first ${blocks[0].parentHash.slice(0, 12)}; as old as the latest: ${same}`,
);
await show('creation', async () => (await simulate({ calls: [{ from, input: '0x60006000f3' }] })).length);
process.exit(0);
JS
