#!/usr/bin/env bash
# csv-parse with "cast" reads an Ethereum address as the number 0, and an id of digits and one "e" as a power.
#
# Version: csv-parse 7.0.3, papaparse 5.7.1
# Expected: A field that is no decimal number stays text. That is how the same fields come out of papaparse with "dynamicTyping", address first.
# Seen: csv-parse asks parseFloat, which stops at the "x". So each address and each hash is 0, and two payees become one.
#       Amounts above 2^53 are rounded by csv-parse and stay text in papaparse. Both read an id like 0e12 as 0.
# Output seen:
#   csv-parse: payee=number 0, amount=number 12345678901234568, id=number 0
#   papaparse: payee=string 0xde709f2102306220921060314715629080e2fb77, amount=string 12345678901234567, id=number 0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install csv-parse@7.0.3 papaparse@5.7.1
run <<'JS'
import { parse } from 'csv-parse/sync';
import Papa from 'papaparse';

const file = 'payee,amount,id\n0xde709f2102306220921060314715629080e2fb77,12345678901234567,0e12\n';
const tell = (name, row) =>
  console.log(`${name}: ${Object.entries(row).map(([key, value]) => `${key}=${typeof value} ${value}`).join(', ')}`);
tell('csv-parse', parse(file, { columns: true, cast: true })[0]);
tell('papaparse', Papa.parse(file.trim(), { header: true, dynamicTyping: true }).data[0]);
JS
