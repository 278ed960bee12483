#!/usr/bin/env bash
# "gcloud storage cp" gets the destination and lists its prefix before it uploads.
#
# Version: Google Cloud SDK 528.0.0 (needs gcloud)
# Expected: To upload one new object, the right to create objects is enough.
# Seen: A GET and a LIST come first. Who may only create is refused before the upload.
# Output seen:
#   GET /storage/v1/b/bucket/o/folder%2Fobject
#   GET /storage/v1/b/bucket/o
#   POST /upload/storage/v1/b/bucket/o
set -euo pipefail
. "$(dirname "$0")/lib.sh"
need gcloud
run <<'JS'
import { writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { json, serve } from './lib.mjs';

const server = await serve(({ method, url }, response) => {
  if (method === 'POST') return json(response, { name: 'object', bucket: 'bucket', generation: '1', size: '5', crc32c: 'mnG7TA==', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==' });
  if (url.includes('/o/')) return json(response, { error: { code: 404, message: 'not found' } }, 404);
  json(response, url.includes('/o?') ? {} : { name: 'bucket' });
});
writeFileSync('hello.txt', 'hello');
const gcloud = spawn('gcloud', ['storage', 'cp', 'hello.txt', 'gs://bucket/folder/object'], {
  stdio: 'ignore',
  env: {
    ...process.env,
    CLOUDSDK_CONFIG: `${process.cwd()}/gcloud`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${server.url}/storage/v1/`,
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'TOKEN',
    CLOUDSDK_CORE_PROJECT: 'project',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  },
});
process.on('exit', () => gcloud.kill());
await once(gcloud, 'close');
for (const { method, url } of server.requests) console.log(`${method} ${url.split('?')[0]}`);
process.exit();
JS
