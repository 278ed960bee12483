#!/usr/bin/env bash
# A create whose answer was lost is sent again by the Storage client, and ends as 412 "conditionNotMet".
#
# Version: @google-cloud/storage 8.4.0
# Expected: With ifGenerationMatch 0, a 412 means that somebody else was first.
# Seen: The first POST made the object, the client's own second POST met it. The caller cannot tell this from another writer.
# Output seen:
#   POSTs: 2, objects made: 1, the caller gets: error 412
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0
run <<'JS'
import { Storage } from '@google-cloud/storage';
import { json, serve } from './lib.mjs';

const made = [];
const server = await serve((request, response) => {
  if (made.length > 0) return json(response, { error: { code: 412, message: 'conditionNotMet', errors: [{ reason: 'conditionNotMet' }] } }, 412);
  made.push(request.url);
  response.destroy(); // stored, and the answer is lost
});
const file = new Storage({ apiEndpoint: server.url, projectId: 'project' }).bucket('bucket').file('object');
const outcome = await file
  .save('hello', { resumable: false, validation: false, preconditionOpts: { ifGenerationMatch: 0 } })
  .then(() => 'done', (error) => `error ${error.code}`);
console.log(`POSTs: ${server.requests.length}, objects made: ${made.length}, the caller gets: ${outcome}`);
process.exit();
JS
