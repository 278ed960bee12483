#!/usr/bin/env bash
# In Uniswap's default token list one symbol is two tokens of one chain, with 18 and with 6 decimals.
#
# Version: @uniswap/default-token-list 22.21.0
# Expected: A symbol and a chain name one token, and one coin has the same decimals everywhere.
# Seen: "12.5 JUP" on chain 130 is one of two amounts, which differ a million million times. So is "12.5 USDC" from chain to chain.
# Output seen:
#   chain 1, LIT: 18, 18 decimals
#   chain 130, JUP: 18, 6 decimals
#   chain 130, SOL: 9, 9 decimals
#   USDC, 18 decimals: chain 56
#   USDC, 6 decimals: 11 chains
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @uniswap/default-token-list@22.21.0
run <<'JS'
import { createRequire } from 'node:module';

const { tokens } = createRequire(import.meta.url)('@uniswap/default-token-list');
const evm = tokens.filter(({ address }) => /^0x[0-9a-fA-F]{40}$/.test(address));
for (const [name, same] of Map.groupBy(evm, ({ chainId, symbol }) => `chain ${chainId}, ${symbol}`))
  if (same.length > 1) console.log(`${name}: ${same.map(({ decimals }) => decimals).join(', ')} decimals`);
const usdc = Map.groupBy(evm.filter(({ symbol }) => symbol === 'USDC'), ({ decimals }) => decimals);
console.log(`USDC, 18 decimals: chain ${usdc.get(18).map(({ chainId }) => chainId)}`);
console.log(`USDC, 6 decimals: ${usdc.get(6).length} chains`);
JS
