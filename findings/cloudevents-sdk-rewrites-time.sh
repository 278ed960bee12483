#!/usr/bin/env bash
# The CloudEvents SDK reads another "time" than was sent: without nanoseconds and without the offset.
#
# Version: cloudevents 10.0.0
# Expected: An attribute comes back as it was sent, so that a signature or a comparison over attributes holds.
# Seen: The constructor keeps the text; reading the event from HTTP, in either mode, cuts it to milliseconds in UTC.
# Output seen:
#   sent 2026-11-28T01:02:03.123456789Z: binary 2026-11-28T01:02:03.123Z, structured 2026-11-28T01:02:03.123Z
#   sent 2026-11-28T01:02:03+02:00: binary 2026-11-27T23:02:03.000Z, structured 2026-11-27T23:02:03.000Z
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install cloudevents@10.0.0
run <<'JS'
import { CloudEvent, HTTP } from 'cloudevents';

for (const time of ['2026-11-28T01:02:03.123456789Z', '2026-11-28T01:02:03+02:00']) {
  const event = new CloudEvent({ id: '1', source: '/shop', type: 'sold', time });
  console.log(`sent ${event.time}: binary ${HTTP.toEvent(HTTP.binary(event)).time}, structured ${HTTP.toEvent(HTTP.structured(event)).time}`);
}
JS
