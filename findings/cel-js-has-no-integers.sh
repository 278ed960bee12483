#!/usr/bin/env bash
# In cel-js whole numbers are floating-point numbers.
#
# Version: cel-js 0.8.2, @bufbuild/cel 0.6.1
# Expected: A CEL int has 64 bits: 5 / 2 is 2, and an overflow is an error.
# Seen: 5 / 2 is 2.5, and two neighbours above 2^53 are equal.
# Output seen:
#   cel-js 5 / 2: 2.5
#   @bufbuild/cel 5 / 2: 2n
#   cel-js 9007199254740993 == 9007199254740992: true
#   @bufbuild/cel 9007199254740993 == 9007199254740992: false
#   cel-js 9223372036854775807 + 1: 9223372036854776000
#   @bufbuild/cel 9223372036854775807 + 1: throws int overflow during _+_
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install cel-js@0.8.2 @bufbuild/cel@0.6.1
run <<'JS'
import { run as byBuf } from '@bufbuild/cel';
import { evaluate } from 'cel-js';
import { show } from './lib.mjs';

for (const expression of ['5 / 2', '9007199254740993 == 9007199254740992', '9223372036854775807 + 1']) {
  await show(`cel-js ${expression}`, () => evaluate(expression, {}));
  await show(`@bufbuild/cel ${expression}`, () => {
    const value = byBuf(expression, {});
    if (value instanceof Error) throw value;
    return value;
  });
}
JS
