#!/usr/bin/env bash
# decimal.js adds one wei to 1234 ether and loses 12 wei; two libraries print 1000 ether of wei as "1e+21".
#
# Version: decimal.js 10.6.0, bignumber.js 11.1.5
# Expected: Sums of whole numbers are exact, and a JSON writer gets digits that BigInt() reads again.
# Seen: decimal.js rounds each result to 20 digits. From 1e21 on, toString() and JSON of both have an exponent, which BigInt() refuses.
# Output seen:
#   exact: 1234567890123456789013
#   decimal.js 1234567890123456789000
#   decimal.js 1000 ether in JSON: 1e+21, read again: throws Cannot convert 1e+21 to a BigInt
#   bignumber.js 1234567890123456789013
#   bignumber.js 1000 ether in JSON: 1e+21, read again: throws Cannot convert 1e+21 to a BigInt
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install decimal.js@10.6.0 bignumber.js@11.1.5
run <<'JS'
import BigNumber from 'bignumber.js';
import { Decimal } from 'decimal.js';
import { show } from './lib.mjs';

const wei = '1234567890123456789012';
console.log(`exact: ${BigInt(wei) + 1n}`);
for (const [name, Type] of [['decimal.js', Decimal], ['bignumber.js', BigNumber]]) {
  console.log(`${name} ${new Type(wei).plus(1).toFixed()}`);
  const written = JSON.parse(JSON.stringify(new Type(10).pow(21)));
  await show(`${name} 1000 ether in JSON: ${written}, read again`, () => BigInt(written));
}
JS
