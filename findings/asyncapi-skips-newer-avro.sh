#!/usr/bin/env bash
# The Avro parser of AsyncAPI knows versions 1.8.2 and 1.9.0; a schema that says 1.12.0 is left as it is, without a diagnostic.
#
# Version: @asyncapi/parser 3.6.6, @asyncapi/avro-schema-parser 3.1.0
# Expected: The schema is read, or a diagnostic says that its format is not known.
# Seen: The document is valid and the message's schema is the Avro text itself, with "type": "record". Tools that follow see no properties.
# Output seen:
#   1.9.0: type object, properties wei, errors 0, words about Avro 0
#   1.12.0: type record, properties none, errors 0, words about Avro 0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @asyncapi/parser@3.6.6 @asyncapi/avro-schema-parser@3.1.0
run <<'JS'
import avro from '@asyncapi/avro-schema-parser';
import { Parser } from '@asyncapi/parser';

const parser = new Parser();
parser.registerSchemaParser(avro.AvroSchemaParser());
const schema = { type: 'record', name: 'Paid', fields: [{ name: 'wei', type: 'string' }] };
for (const version of ['1.9.0', '1.12.0']) {
  const payload = { schemaFormat: `application/vnd.apache.avro;version=${version}`, schema };
  const { document, diagnostics } = await parser.parse({
    asyncapi: '3.0.0',
    info: { title: 'Payments', version: '1' },
    channels: { paid: { messages: { paid: { payload } } } },
  });
  const read = document.allMessages().all()[0].payload().json().schema;
  const errors = diagnostics.filter(({ severity }) => severity === 0).length;
  const words = diagnostics.filter(({ message }) => /avro/i.test(message)).length;
  console.log(`${version}: type ${read.type}, properties ${Object.keys(read.properties ?? { none: 1 })}, errors ${errors}, words about Avro ${words}`);
}
process.exit(0);
JS
