#!/usr/bin/env bash
# Several chains of viem/chains have one chain id, so the id alone names another coin: 999 is HYPE, WANt and ETH.
#
# Version: viem 2.57.0
# Expected: A chain id names one chain: it is what a signature is bound to.
# Seen: extractChain takes whichever stands first in its list. The coin's symbol, its decimals and the block explorer depend on that.
# Output seen:
#   9: Quai Network Mainnet (QUAI), ZKsync CLI Local Hyperchain L1 (ETH)
#   260: Guru Network Mainnet (GURU), ZKsync InMemory Node (ETH)
#   999: HyperEVM (HYPE), Wanchain Testnet (WANt), Zora Goerli Testnet (ETH)
#   1337: Localhost (ETH), Tempo (USD)
#   extractChain 999: ETH, from a list that begins with Zora's; HYPE from one that begins with HyperEVM
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0
run <<'JS'
import { extractChain } from 'viem';
import * as all from 'viem/chains';

const chains = Object.values(all).filter((chain) => typeof chain?.id === 'number');
const byId = Map.groupBy(chains, ({ id }) => id);
for (const [id, same] of [...byId].sort(([a], [b]) => a - b)) {
  const coins = new Map(same.map(({ name, nativeCurrency }) => [nativeCurrency.symbol, name]));
  if (coins.size > 1 && [9, 260, 999, 1337].includes(id))
    console.log(`${id}: ${[...coins].map(([symbol, name]) => `${name} (${symbol})`).join(', ')}`);
}
const symbol = (...list) => extractChain({ chains: list, id: 999 }).nativeCurrency.symbol;
console.log(
  `extractChain 999: ${symbol(all.zoraTestnet, all.hyperEvm)}, from a list that begins with Zora's; ${symbol(all.hyperEvm, all.zoraTestnet)} from one that begins with HyperEVM`,
);
JS
