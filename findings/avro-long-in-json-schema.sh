#!/usr/bin/env bash
# AsyncAPI's parser makes bounds of an Avro long that are no longs: its JSON Schema takes 9223372036854776000.
#
# Version: @asyncapi/parser 3.6.6, @asyncapi/avro-schema-parser 3.1.0
# Expected: The bounds of a long, 2^63 - 1 and -2^63.
# Seen: The bounds are written as JavaScript numbers. The largest is 193 too large, and what it allows no Avro reader can hold.
# Output seen:
#   largest by the schema: 9223372036854776000
#   largest long:          9223372036854775807
#   smallest by the schema: -9223372036854776000
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @asyncapi/parser@3.6.6 @asyncapi/avro-schema-parser@3.1.0
run <<'JS'
import avro from '@asyncapi/avro-schema-parser';
import { Parser } from '@asyncapi/parser';

const parser = new Parser();
parser.registerSchemaParser(avro.AvroSchemaParser());
const schema = { type: 'record', name: 'Paid', fields: [{ name: 'wei', type: 'long' }] };
const payload = { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema };
const { document } = await parser.parse({
  asyncapi: '3.0.0',
  info: { title: 'Payments', version: '1' },
  channels: { paid: { messages: { paid: { payload } } } },
});
const { minimum, maximum } = document.allMessages().all()[0].payload().json().schema.properties.wei;
console.log(`largest by the schema: ${JSON.stringify(maximum)}`);
console.log(`largest long:          ${2n ** 63n - 1n}`);
console.log(`smallest by the schema: ${JSON.stringify(minimum)}`);
process.exit(0);
JS
