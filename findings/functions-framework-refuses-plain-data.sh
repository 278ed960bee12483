#!/usr/bin/env bash
# functions-framework answers a CloudEvent with text data with 500, and one with a JSON number with 400.
#
# Version: @google-cloud/functions-framework 5.0.5
# Expected: CloudEvents 1.0 allows data of any type: text/plain, and every JSON value.
# Seen: A TypeError ("Cannot use 'in' operator") for text. The JSON reader takes objects and arrays only. The function is never called.
# Output seen:
#   application/json {"a":1}: 204, no error, the function was called 1 times
#   application/json 5: 400, SyntaxError, the function was called 0 times
#   text/plain hello: 500, TypeError, the function was called 0 times
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/functions-framework@5.0.5
run <<'JS'
import { once } from 'node:events';
import { cloudEvent } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

let called = 0;
cloudEvent('event', () => { called += 1; });
const server = getTestServer('event').listen(0, '127.0.0.1');
await once(server, 'listening');
const headers = { 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'sold', 'ce-specversion': '1.0' };
for (const [type, body] of [['application/json', '{"a":1}'], ['application/json', '5'], ['text/plain', 'hello']]) {
  called = 0;
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', headers: { ...headers, 'content-type': type }, body });
  const reason = /\w+Error/.exec(await response.text())?.[0] ?? 'no error';
  console.log(`${type} ${body}: ${response.status}, ${reason}, the function was called ${called} times`);
}
process.exit();
JS
