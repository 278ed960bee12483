#!/usr/bin/env bash
# A log filter that asks for a second topic of any value finds a log without one on anvil. An empty list of topics finds nothing on Hardhat.
#
# Version: anvil 1.7.1, hardhat 3.18.0, ganache 7.9.2
# Expected: As go-ethereum: a filter with more positions than the log has topics does not fit, and an empty list at a position is any value.
# Seen: Four positions are the usual way to ask for ERC-721 transfers alone. On anvil they find those of ERC-20 too.
# Output seen:
#   anvil: one position 1, two positions 1, an empty list 1
#   hardhat: one position 1, two positions 0, an empty list 0
#   ganache: one position 1, two positions 0, an empty list 1
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { anvil, call, ganache, hardhat } from './lib.mjs';

for (const [name, start] of Object.entries({ anvil, hardhat, ganache })) {
  const url = await start();
  const [from] = await call(url, 'eth_accounts');
  // Init code that logs one topic, and makes an empty contract.
  await call(url, 'eth_sendTransaction', { from, data: '0x600160006000a160006000f3', gas: '0x30000' });
  while ((await call(url, 'eth_blockNumber')) === '0x0') await new Promise((done) => setTimeout(done, 50));
  const found = async (topics) => (await call(url, 'eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', topics })).length;
  console.log(`${name}: one position ${await found([null])}, two positions ${await found([null, null])}, an empty list ${await found([[]])}`);
}
process.exit(0);
JS
