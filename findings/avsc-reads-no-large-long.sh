#!/usr/bin/env bash
# avsc throws on a long of 2^53 - 1 and more, both when it reads and when it writes one.
#
# Version: avsc 5.7.9
# Expected: An Avro long has 64 bits: a bigint, or at least a rounded number.
# Seen: Valid bytes end in "potential precision loss", a bigint in "Do not know how to serialize a BigInt". A type of one's own is needed.
# Output seen:
#   read 2^60: throws potential precision loss
#   write 2^60 as a bigint: throws Do not know how to serialize a BigInt
#   write 2^53 - 1: throws invalid "long": 9007199254740991
#   write 2^53 - 2: fcffffffffffff1f
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install avsc@5.7.9
run <<'JS'
import avsc from 'avsc';
import { show } from './lib.mjs';

const type = avsc.Type.forSchema('long');
const bytes = Buffer.from('808080808080808020', 'hex'); // 2^60, zigzag and base 128
await show('read 2^60', () => type.fromBuffer(bytes));
await show('write 2^60 as a bigint', () => type.toBuffer(2n ** 60n));
await show('write 2^53 - 1', () => type.toBuffer(2 ** 53 - 1).toString('hex'));
await show('write 2^53 - 2', () => type.toBuffer(2 ** 53 - 2).toString('hex'));
JS
