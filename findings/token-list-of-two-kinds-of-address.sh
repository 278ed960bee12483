#!/usr/bin/env bash
# Uniswap's default token list holds addresses that are none of Ethereum. A tenth of it is on Solana, under an id of its own.
#
# Version: @uniswap/default-token-list 22.21.0, @uniswap/token-lists 1.0.0-beta.35, ethers 6.17.0
# Expected: The schema describes "address" as a checksummed address and "chainId" as the id of an Ethereum network.
# Seen: 185 of 1723 tokens stand under chain id 501000101 with addresses in base58, and the schema's pattern takes them. ethers throws on each.
# Output seen:
#   pattern takes base58: true
#   description of chainId: The chain ID of the Ethereum network where this token is deployed
#   1723 tokens; getAddress of ethers throws on 185, all of them of chain 501000101
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @uniswap/default-token-list@22.21.0 @uniswap/token-lists@1.0.0-beta.35 ethers@6.17.0
run <<'JS'
import { createRequire } from 'node:module';
import { getAddress } from 'ethers';

const require = createRequire(import.meta.url);
const { tokens } = require('@uniswap/default-token-list');
const { address, chainId } = require('@uniswap/token-lists/src/tokenlist.schema.json').definitions.TokenInfo.properties;
const throws = ({ address: text }) => {
  try {
    return !getAddress(text);
  } catch {
    return true;
  }
};
const foreign = tokens.filter(throws);
console.log(`pattern takes base58: ${foreign.every(({ address: text }) => new RegExp(address.pattern).test(text))}`);
console.log(`description of chainId: ${chainId.description}`);
const ids = [...new Set(foreign.map(({ chainId: id }) => id))];
console.log(`${tokens.length} tokens; getAddress of ethers throws on ${foreign.length}, all of them of chain ${ids}`);
JS
