#!/usr/bin/env bash
# The coin of a chain need not have 18 decimals. viem/chains has seven chain ids with 6 and one with 9, where formatEther is wrong.
#
# Version: viem 2.57.0
# Expected: "Ether" units are 10^18 of the smallest one on every chain of an Ethereum library.
# Seen: TRON counts in 10^6 and Nautilus in 10^9. Tempo has no coin, and its entry says "USD" with 6.
#       viem knows the decimals in its chain data; formatEther and the messages of its errors take 18.
# Output seen:
#   1337: USD 6
#   4217: USD 6
#   22222: ZBC 9
#   31318: USD 6
#   42431: USD 6
#   728126428: TRX 6
#   2494104990: TRX 6
#   3448148188: TRX 6
#   1 TRX: formatEther says 0.000000000001, formatUnits with the chain's decimals says 1
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install viem@2.57.0
run <<'JS'
import { formatEther, formatUnits } from 'viem';
import * as chains from 'viem/chains';

const odd = new Map();
for (const chain of Object.values(chains))
  if (chain?.nativeCurrency && chain.nativeCurrency.decimals !== 18) odd.set(chain.id, `${chain.nativeCurrency.symbol} ${chain.nativeCurrency.decimals}`);
for (const [id, coin] of [...odd].sort(([a], [b]) => a - b)) console.log(`${id}: ${coin}`);
const { decimals } = chains.tron.nativeCurrency;
const one = 10n ** BigInt(decimals);
console.log(`1 TRX: formatEther says ${formatEther(one)}, formatUnits with the chain's decimals says ${formatUnits(one, decimals)}`);
JS
