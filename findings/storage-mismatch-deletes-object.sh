#!/usr/bin/env bash
# The Storage client deletes the object when its upload check finds another checksum.
#
# Version: @google-cloud/storage 8.4.0
# Expected: save() with validation reports the difference; what is stored stays, and ifGenerationMatch holds for all it does.
# Seen: It sends a DELETE of the name, without the generation and without the precondition of the upload.
# Output seen:
#   save: throws The uploaded data did not match the data from the server.
#   POST /upload/storage/v1/b/bucket/o?uploadType=multipart&name=object&ifGenerationMatch=0
#   DELETE /storage/v1/b/bucket/o/object?
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0
run <<'JS'
import { Storage } from '@google-cloud/storage';
import { json, serve, show } from './lib.mjs';

const server = await serve((request, response) =>
  request.method === 'DELETE'
    ? response.writeHead(204).end()
    : json(response, { name: 'object', bucket: 'bucket', generation: '7', size: '5', crc32c: 'AAAAAA==' }),
);
const file = new Storage({ apiEndpoint: server.url, projectId: 'project' }).bucket('bucket').file('object');
await show('save', () =>
  file.save('hello', { resumable: false, validation: 'crc32c', preconditionOpts: { ifGenerationMatch: 0 } }),
);
for (const { method, url } of server.requests) console.log(`${method} ${url}`);
process.exit();
JS
