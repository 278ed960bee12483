#!/usr/bin/env bash
# For @bufbuild/cel a map key whose value is null is not in the map, though it is counted and visited.
#
# Version: @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0
# Expected: "in" and has() ask whether the key is there, as the language definition says.
# Seen: Both are false, while size() counts the key and exists() finds it. Another library says true.
# Output seen:
#   @bufbuild/cel 'n' in m: false
#   @marcbachmann/cel-js 'n' in m: true
#   @bufbuild/cel has(m.n): false
#   @marcbachmann/cel-js has(m.n): true
#   @bufbuild/cel size(m) == 1: true
#   @marcbachmann/cel-js size(m) == 1: true
#   @bufbuild/cel m.exists(k, k == 'n'): true
#   @marcbachmann/cel-js m.exists(k, k == 'n'): true
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @bufbuild/cel@0.6.1 @marcbachmann/cel-js@8.0.0
run <<'JS'
import { run as byBuf } from '@bufbuild/cel';
import { evaluate } from '@marcbachmann/cel-js';
import { show } from './lib.mjs';

for (const expression of ["'n' in m", 'has(m.n)', 'size(m) == 1', "m.exists(k, k == 'n')"]) {
  await show(`@bufbuild/cel ${expression}`, () => byBuf(expression, { m: { n: null } }));
  await show(`@marcbachmann/cel-js ${expression}`, () => evaluate(expression, { m: { n: null } }));
}
JS
