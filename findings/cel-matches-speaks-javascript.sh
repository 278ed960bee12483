#!/usr/bin/env bash
# matches() of @marcbachmann/cel-js takes JavaScript's regular expressions: those of RE2, which CEL means, fail or match nothing.
#
# Version: @marcbachmann/cel-js 8.0.0, @bufbuild/cel 0.6.1
# Expected: RE2, by the language definition. @bufbuild/cel carries an RE2 of its own for it.
# Seen: "(?i)" throws. Character classes and Unicode classes are false without a word, so a condition tried here is not the one in the cloud.
# Output seen:
#   (?i)prod: cel-js throws Invalid regular expression: (?i)prod; bufbuild true
#   [[:digit:]]+: cel-js false; bufbuild true
#   \pL: cel-js false; bufbuild true
#   prod\z: cel-js false; bufbuild true
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @marcbachmann/cel-js@8.0.0 @bufbuild/cel@0.6.1
run <<'JS'
import { run } from '@bufbuild/cel';
import { evaluate } from '@marcbachmann/cel-js';

const tried = (f) => {
  try {
    return String(f());
  } catch (error) {
    return `throws ${error.message.split('\n')[0]}`;
  }
};
for (const [value, pattern] of [
  ['Prod', '(?i)prod'],
  ['2026', '[[:digit:]]+'],
  ['a', '\\pL'],
  ['prod', 'prod\\z'],
]) {
  const expression = `${JSON.stringify(value)}.matches(${JSON.stringify(pattern)})`;
  console.log(`${pattern}: cel-js ${tried(() => evaluate(expression))}; bufbuild ${tried(() => run(expression))}`);
}
JS
