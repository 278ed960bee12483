#!/usr/bin/env bash
# One CloudEvent with JSON data arrives as other data in binary mode than in structured mode.
#
# Version: cloudevents 10.0.0
# Expected: Both modes carry the same event: a number, true and a text that happens to be JSON come back as they were.
# Seen: In binary mode 5 becomes "5", true becomes "true", null becomes "null", and the text '{"a":1}' becomes an object.
#   In structured mode null is lost.
# Output seen:
#   5: structured 5, binary "5"
#   true: structured true, binary "true"
#   null: structured undefined, binary "null"
#   "{\"a\":1}": structured "{\"a\":1}", binary {"a":1}
#   "plain": structured "plain", binary "plain"
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install cloudevents@10.0.0
run <<'JS'
import { CloudEvent, HTTP } from 'cloudevents';

const event = { id: '1', source: '/shop', type: 'sold', datacontenttype: 'application/json' };
// What HTTP.binary() makes, as it travels: a body is text.
const travel = ({ headers, body }) => HTTP.toEvent({ headers, body: String(body) }).data;
for (const data of [5, true, null, '{"a":1}', 'plain'])
  console.log(
    `${JSON.stringify(data)}: structured ${JSON.stringify(travel(HTTP.structured(new CloudEvent({ ...event, data }))))}, ` +
      `binary ${JSON.stringify(travel(HTTP.binary(new CloudEvent({ ...event, data }))))}`,
  );
JS
