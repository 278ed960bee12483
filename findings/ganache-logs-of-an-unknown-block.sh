#!/usr/bin/env bash
# Ganache has no logs in a block that it does not have; other nodes say that they do not know the block.
#
# Version: ganache 7.9.2, anvil 1.7.1, hardhat 3.18.0
# Expected: An error. EIP-234 asks for logs by block hash so that a block that a reorganisation took away is noticed.
# Seen: Ganache answers with an empty list. Who counts transfers takes it for "nothing moved".
# Output seen:
#   ganache: 0 logs
#   anvil: throws unknown block
#   hardhat: throws blockHash cannot be found
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0 ganache@7.9.2
run <<'JS'
import { anvil, call, ganache, hardhat, show } from './lib.mjs';

const blockHash = `0x${'11'.repeat(32)}`;
for (const [name, start] of Object.entries({ ganache, anvil, hardhat })) {
  const url = await start();
  await show(name, async () => `${(await call(url, 'eth_getLogs', { blockHash })).length} logs`);
}
process.exit(0);
JS
