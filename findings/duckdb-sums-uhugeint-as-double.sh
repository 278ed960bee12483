#!/usr/bin/env bash
# DuckDB sums HUGEINT exactly and UHUGEINT as DOUBLE.
#
# Version: @duckdb/node-api 1.5.6-r.1
# Expected: The unsigned type of 128 bits, the obvious one for wei, sums as exactly as the signed one.
# Seen: The sum is a DOUBLE and loses the last wei. So does a division of HUGEINT by a whole number; "//" stays exact.
# Output seen:
#   sum('1000000000000000000001'::HUGEINT): 1000000000000000000001 HUGEINT
#   sum('1000000000000000000001'::UHUGEINT): 1e+21 DOUBLE
#   '1000000000000000000001'::HUGEINT / 1: 1e+21 DOUBLE
#   '1000000000000000000001'::HUGEINT // 1: 1000000000000000000001 HUGEINT
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @duckdb/node-api@1.5.6-r.1
run <<'JS'
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
for (const expression of [
  "sum('1000000000000000000001'::HUGEINT)",
  "sum('1000000000000000000001'::UHUGEINT)",
  "'1000000000000000000001'::HUGEINT / 1",
  "'1000000000000000000001'::HUGEINT // 1",
]) {
  const reader = await connection.runAndReadAll(`SELECT x, typeof(x) FROM (SELECT ${expression} AS x)`);
  console.log(`${expression}: ${reader.getRowsJson()[0].join(' ')}`);
}
JS
