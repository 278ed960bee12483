#!/usr/bin/env bash
# One bad member of a JSON-RPC batch costs the whole batch on anvil, and only itself on Hardhat.
#
# Version: anvil 1.7.1, Hardhat 3.18.0
# Expected: JSON-RPC 2.0: each member is answered by itself, the bad one with "Invalid Request".
# Seen: anvil gives one error with id null and no result. It also refuses a member for one key that it does not know.
# Output seen:
#   anvil, a number among them: no list: id null -32600
#   anvil, one key too many: id 1 0x7a69, id 2 -32600
#   Hardhat, a number among them: id 1 0x7a69, id null -32600
#   Hardhat, one key too many: id 1 0x7a69, id 2 0x7a69
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
install hardhat@3.18.0
run <<'JS'
import { anvil, hardhat, post } from './lib.mjs';

const good = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] };
for (const [name, url] of [['anvil', await anvil()], ['Hardhat', await hardhat()]]) {
  const ask = async (label, batch) => {
    const answer = JSON.parse((await post(url, JSON.stringify(batch))).text);
    const brief = ({ id, result, error }) => `id ${id} ${result ?? error.code}`;
    console.log(`${name}, ${label}: ${Array.isArray(answer) ? answer.map(brief).join(', ') : `no list: ${brief(answer)}`}`);
  };
  await ask('a number among them', [good, 5]);
  await ask('one key too many', [good, { ...good, id: 2, comment: 'x' }]);
}
process.exit();
JS
