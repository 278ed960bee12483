#!/usr/bin/env bash
# The Compute client's insert() resolves although the operation it returns is done and failed, and that has no promise().
#
# Version: @google-cloud/compute 7.8.0
# Expected: As in Google's other clients: a long-running operation with promise(), which rejects when the work failed.
# Seen: No error is thrown for a zone without machines. It stands in latestResponse.error.errors; "done" is false for the status DONE.
# Output seen:
#   resolved with: latestResponse, done, name, metadata, result
#   promise: undefined, done: false
#   latestResponse.error.errors[0].code: ZONE_RESOURCE_POOL_EXHAUSTED
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/compute@7.8.0 google-auth-library@11.3.4
run <<'JS'
import compute from '@google-cloud/compute';
import { OAuth2Client } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const server = await serve((_, response) =>
  json(response, { name: 'operation', status: 'DONE', httpErrorStatusCode: 503, error: { errors: [{ code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message: 'm' }] } }),
);
const client = new compute.InstancesClient({ protocol: 'http', apiEndpoint: '127.0.0.1', port: server.port, authClient, projectId: 'p' });
const [operation] = await client.insert({ project: 'p', zone: 'z', instanceResource: { name: 'i' } });
console.log(`resolved with: ${Object.keys(operation).join(', ')}`);
console.log(`promise: ${typeof operation.promise}, done: ${operation.done}`);
console.log(`latestResponse.error.errors[0].code: ${operation.latestResponse.error.errors[0].code}`);
process.exit();
JS
