#!/usr/bin/env bash
# functions-framework makes an event of a Pub/Sub push and throws away the subscription, the attempt and the ordering key.
#
# Version: @google-cloud/functions-framework 5.0.5
# Expected: The event carries what the push carried: message, subscription, deliveryAttempt, orderingKey.
# Seen: Only data, attributes, messageId and publishTime are left. A function cannot tell the first delivery from the last before a dead letter.
# Output seen:
#   data: message
#   data.message: @type,data,attributes,publishTime,messageId
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/functions-framework@5.0.5
run <<'JS'
import { once } from 'node:events';
import { cloudEvent } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

cloudEvent('event', ({ data }) => {
  console.log(`data: ${Object.keys(data)}`);
  console.log(`data.message: ${Object.keys(data.message)}`);
});
const server = getTestServer('event').listen(0, '127.0.0.1');
await once(server, 'listening');
const push = {
  message: { data: 'YQ==', attributes: { a: 'b' }, messageId: '7', publishTime: '2026-01-01T00:00:00Z', orderingKey: 'k' },
  subscription: 'projects/p/subscriptions/s',
  deliveryAttempt: 3,
};
await fetch(`http://127.0.0.1:${server.address().port}/projects/p/topics/t`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(push),
});
process.exit();
JS
