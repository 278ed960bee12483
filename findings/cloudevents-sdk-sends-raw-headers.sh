#!/usr/bin/env bash
# The CloudEvents SDK neither percent-encodes attributes in HTTP headers nor decodes them.
#
# Version: cloudevents 10.0.0
# Expected: The HTTP binding of CloudEvents 1.0 wants other characters than printable ASCII percent-encoded in headers, and decoded on reading.
# Seen: The subject "Zürich 5%" is put into the header as it is. One that another sender encoded well is read as "Z%C3%BCrich%205%25".
# Output seen:
#   written: Zürich 5%
#   read: Z%C3%BCrich%205%25
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install cloudevents@10.0.0
run <<'JS'
import { CloudEvent, HTTP } from 'cloudevents';

const event = { id: '1', source: '/shop', type: 'sold' };
console.log(`written: ${HTTP.binary(new CloudEvent({ ...event, subject: 'Zürich 5%' })).headers['ce-subject']}`);
const headers = { 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'sold', 'ce-specversion': '1.0', 'content-type': 'application/json' };
console.log(`read: ${HTTP.toEvent({ headers: { ...headers, 'ce-subject': 'Z%C3%BCrich%205%25' }, body: '{}' }).subject}`);
JS
