#!/usr/bin/env bash
# STORAGE_EMULATOR_HOST beats an apiEndpoint that the code gives.
#
# Version: @google-cloud/storage 8.4.0
# Expected: An explicit option wins over the environment.
# Seen: The request goes to the host of the environment, with another path, and the named endpoint gets nothing.
# Output seen:
#   at the named endpoint: 0
#   at the host of the environment: /b/bucket/o/object?
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0
run <<'JS'
import { Storage } from '@google-cloud/storage';
import { json, serve } from './lib.mjs';

const answer = (_, response) => json(response, { name: 'object', bucket: 'bucket', generation: '7' });
const named = await serve(answer);
const environment = await serve(answer);
process.env.STORAGE_EMULATOR_HOST = environment.url;
await new Storage({ apiEndpoint: named.url, projectId: 'project' }).bucket('bucket').file('object').getMetadata();
console.log(`at the named endpoint: ${named.requests.length}`);
console.log(`at the host of the environment: ${environment.requests.map(({ url }) => url).join(', ')}`);
process.exit();
JS
