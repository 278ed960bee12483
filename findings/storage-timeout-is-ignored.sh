#!/usr/bin/env bash
# The option "timeout" of the Storage client does nothing.
#
# Version: @google-cloud/storage 8.4.0
# Expected: With timeout: 100 a call that is answered after 1.5 s fails.
# Seen: It waits for the answer and returns it.
# Output seen:
#   an answer after more than 1.4 s, with a timeout of 0.1 s
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0
run <<'JS'
import { Storage } from '@google-cloud/storage';
import { json, serve } from './lib.mjs';

const server = await serve((_, response) =>
  setTimeout(() => json(response, { name: 'object', bucket: 'bucket', generation: '7' }), 1500),
);
const storage = new Storage({ apiEndpoint: server.url, projectId: 'project', timeout: 100, retryOptions: { autoRetry: false } });
const from = performance.now();
const outcome = await storage.bucket('bucket').file('object').getMetadata().then(() => 'an answer', () => 'an error');
console.log(`${outcome} after ${performance.now() - from > 1400 ? 'more' : 'less'} than 1.4 s, with a timeout of 0.1 s`);
process.exit();
JS
