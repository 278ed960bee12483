#!/usr/bin/env bash
# pino writes a bigint as a bare JSON number, which every usual reader rounds.
#
# Version: pino 10.4.0
# Expected: An error as from JSON.stringify, or a string.
# Seen: The digits stand in the line without quotes. JSON.parse of that line gives another amount.
# Output seen:
#   {"level":30,"wei":1234567890123456789012}
#   read again: 1.2345678901234568e+21
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install pino@10.4.0
run <<'JS'
import pino from 'pino';

let line = '';
pino({ base: null, timestamp: false }, { write: (text) => { line += text; } }).info({ wei: 1234567890123456789012n });
console.log(line.trim());
console.log(`read again: ${JSON.parse(line).wei}`);
JS
