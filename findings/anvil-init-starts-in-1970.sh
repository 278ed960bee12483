#!/usr/bin/env bash
# anvil with a genesis file dates its blocks from 1970.
#
# Version: anvil 1.7.1
# Expected: A genesis without "timestamp" leaves the clock alone: blocks carry today's time, as they do without --init.
# Seen: The next block is dated in 1970. Whatever compares block time with its own clock sees half a century between them.
# Output seen:
#   without --init: this year
#   with --init: 1970
#   with --init and --timestamp: this year
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_anvil
run <<'JS'
import { writeFileSync } from 'node:fs';
import { anvil, call } from './lib.mjs';

writeFileSync('genesis.json', JSON.stringify({ config: { chainId: 31337 }, alloc: {}, difficulty: '0x0', gasLimit: '0x1c9c380' }));
const year = async (...args) => {
  const url = await anvil(...args);
  await call(url, 'evm_mine');
  const { timestamp } = await call(url, 'eth_getBlockByNumber', 'latest', false);
  const at = new Date(Number(timestamp) * 1000).getUTCFullYear();
  return at === new Date().getUTCFullYear() ? 'this year' : at;
};
console.log(`without --init: ${await year()}`);
console.log(`with --init: ${await year('--init', 'genesis.json')}`);
console.log(`with --init and --timestamp: ${await year('--init', 'genesis.json', '--timestamp', String(Math.floor(Date.now() / 1000)))}`);
process.exit();
JS
