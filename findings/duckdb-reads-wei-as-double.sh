#!/usr/bin/env bash
# DuckDB reads a column of wei from CSV as DOUBLE as soon as one amount reaches 10 ether, and hex ids as numbers.
#
# Version: @duckdb/node-api 1.5.6-r.1
# Expected: Whole numbers that fit its HUGEINT become HUGEINT, as a literal in SQL does; 0xa9059cbb stays text.
# Seen: Above 2^63 the whole column is DOUBLE, and its last digits are gone in every row. Hex text becomes a BIGINT.
# Output seen:
#   small.csv: 1000000000000000001 BIGINT
#   large.csv: 1000000000000000000 DOUBLE; 10000000000000000000 DOUBLE
#   hex.csv: 2835717307 BIGINT
#   literal: 10000000000000000001 HUGEINT
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @duckdb/node-api@1.5.6-r.1
run <<'JS'
import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson().map((row) => row.join(' ')).join('; ');
writeFileSync('small.csv', 'wei\n1000000000000000001\n');
writeFileSync('large.csv', 'wei\n1000000000000000001\n10000000000000000001\n');
writeFileSync('hex.csv', 'selector\n0xa9059cbb\n');
for (const file of ['small.csv', 'large.csv', 'hex.csv'])
  console.log(`${file}: ${await rows(`SELECT c, typeof(c) FROM (SELECT COLUMNS(*) AS c FROM '${file}')`)}`);
console.log(`literal: ${await rows('SELECT 10000000000000000001, typeof(10000000000000000001)')}`);
JS
