#!/usr/bin/env bash
# json-canonicalize does not sort what toJSON() returns: one value, two canonical forms.
#
# Version: json-canonicalize 3.0.1, canonicalize 5.1.0
# Expected: RFC 8785 sorts the members of every object of the JSON text, wherever it came from.
# Seen: The members keep the order in which toJSON() made them, so equal values hash to different digests.
# Output seen:
#   canonicalize: {"money":{"amount":"5","unit":"wei"}}
#   json-canonicalize: {"money":{"unit":"wei","amount":"5"}}
#   json-canonicalize after JSON and back: {"money":{"amount":"5","unit":"wei"}}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install json-canonicalize@3.0.1 canonicalize@5.1.0
run <<'JS'
import canonicalize from 'canonicalize';
import { canonicalize as other } from 'json-canonicalize';

const value = { money: { toJSON: () => ({ unit: 'wei', amount: '5' }) } };
console.log(`canonicalize: ${canonicalize(value)}`);
console.log(`json-canonicalize: ${other(value)}`);
console.log(`json-canonicalize after JSON and back: ${other(JSON.parse(JSON.stringify(value)))}`);
JS
