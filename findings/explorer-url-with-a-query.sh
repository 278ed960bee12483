#!/usr/bin/env bash
# Some block explorers of viem/chains end with a slash and some with a query: "/tx/0x…" put behind them leads nowhere.
#
# Version: viem 2.57.0
# Expected: EIP-3091: <explorer>/tx/<hash> is the page of a transaction.
# Seen: Of a chain with a query in its url the transaction's path becomes part of the query. Joining paths doubles slashes on 44 others.
# Output seen:
#   DeFiChain EVM Testnet: …/?network=TestNet/tx/0x11
#   Vision Testnet: …/?chain=vpioneer/tx/0x11
#   end with a slash: 44 of 740
#   plain http: 4
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0
run <<'JS'
import * as all from 'viem/chains';

const chains = Object.values(all).filter((chain) => typeof chain?.id === 'number');
const urls = chains.flatMap(({ name, blockExplorers }) => (blockExplorers ? [{ name, url: blockExplorers.default.url }] : []));
for (const { name, url } of urls) if (/[?#]/.test(url)) console.log(`${name}: …${url.replace(new URL(url).origin, '')}/tx/0x11`);
console.log(`end with a slash: ${urls.filter(({ url }) => url.endsWith('/')).length} of ${chains.length}`);
console.log(`plain http: ${urls.filter(({ url }) => url.startsWith('http:')).length}`);
JS
