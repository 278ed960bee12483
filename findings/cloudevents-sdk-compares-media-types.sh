#!/usr/bin/env bash
# The CloudEvents SDK compares media types letter by letter.
#
# Version: cloudevents 10.0.0
# Expected: Types and charset names have no case, and a subtype that ends in +json is JSON, as CloudEvents says.
# Seen: "charset=UTF-8" in capitals makes a structured event invalid. JSON data under +json, or under capitals, stays a string.
# Output seen:
#   application/cloudevents+json; charset=utf-8: event 1
#   application/cloudevents+json; charset=UTF-8: throws invalid content type application/cloudevents+json; charset=UTF-8
#   application/CloudEvents+json: throws no cloud event detected
#   data under application/json: object
#   data under application/vnd.shop+json: string
#   data under Application/JSON: string
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install cloudevents@10.0.0
run <<'JS'
import { HTTP } from 'cloudevents';
import { show } from './lib.mjs';

const event = { specversion: '1.0', id: '1', source: '/shop', type: 'sold' };
for (const type of ['application/cloudevents+json; charset=utf-8', 'application/cloudevents+json; charset=UTF-8', 'application/CloudEvents+json'])
  await show(type, () => `event ${HTTP.toEvent({ headers: { 'content-type': type }, body: JSON.stringify(event) }).id}`);
const headers = { 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'sold', 'ce-specversion': '1.0' };
for (const type of ['application/json', 'application/vnd.shop+json', 'Application/JSON'])
  await show(`data under ${type}`, () => `${typeof HTTP.toEvent({ headers: { ...headers, 'content-type': type }, body: '{"a":1}' }).data}`);
JS
