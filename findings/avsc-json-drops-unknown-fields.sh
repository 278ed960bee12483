#!/usr/bin/env bash
# avsc reads JSON with a field that the schema does not have, and drops it.
#
# Version: avsc 5.7.9
# Expected: A misspelt field is an error, as it is for a value: isValid(value, { noUndeclaredFields: true }).
# Seen: fromString() fills the right field from its default and loses the misspelt one without a word.
# Output seen:
#   fromString {"to":"alice","memmo":{"string":"rent"}}: {"to":"alice","memo":null}
#   isValid of the same value: false
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install avsc@5.7.9
run <<'JS'
import avsc from 'avsc';
import { show } from './lib.mjs';

const type = avsc.Type.forSchema({
  type: 'record',
  name: 'Request',
  fields: [
    { name: 'to', type: 'string' },
    { name: 'memo', type: ['null', 'string'], default: null },
  ],
});
const text = '{"to":"alice","memmo":{"string":"rent"}}';
await show(`fromString ${text}`, () => type.fromString(text));
await show('isValid of the same value', () => type.isValid(JSON.parse(text), { noUndeclaredFields: true }));
JS
