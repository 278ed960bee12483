#!/usr/bin/env bash
# One HTTP 409 is ABORTED or ALREADY_EXISTS, depending on a second status in the body.
#
# Version: @google-cloud/compute 7.8.0, google-gax 6.17.0
# Expected: An instance that exists gives one code; "alreadyExists" stands in both bodies.
# Seen: Without the member "status" a 409 is ABORTED (10), a 408 is FAILED_PRECONDITION (9), with it 409 is ALREADY_EXISTS (6).
# Output seen:
#   409 with errors[]: 10
#   409 with errors[] and status: 6
#   408 without status: 9
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/compute@7.8.0 google-gax@6.17.0 google-auth-library@11.3.4
run <<'JS'
import compute from '@google-cloud/compute';
import { OAuth2Client } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const codeFor = async (http, error) => {
  const server = await serve((_, response) => json(response, { error: { code: http, message: 'm', ...error } }, http));
  const client = new compute.InstancesClient({ protocol: 'http', apiEndpoint: '127.0.0.1', port: server.port, authClient, projectId: 'p' });
  return client.insert({ project: 'p', zone: 'z', instanceResource: { name: 'i' } }).catch(({ code }) => code);
};
const errors = [{ reason: 'alreadyExists', message: 'm' }];
console.log(`409 with errors[]: ${await codeFor(409, { errors })}`);
console.log(`409 with errors[] and status: ${await codeFor(409, { errors, status: 'ALREADY_EXISTS' })}`);
console.log(`408 without status: ${await codeFor(408, {})}`);
process.exit();
JS
