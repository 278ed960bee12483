#!/usr/bin/env bash
# save() sends no bearer token to a custom endpoint unless the upload is told to be not resumable.
#
# Version: @google-cloud/storage 8.4.0
# Expected: useAuthWithCustomEndpoint: true puts the token on every request.
# Seen: Reads and simple uploads carry it. The default, resumable upload carries none, also on the request that opens the session.
# Output seen:
#   getMetadata(): GET Bearer TOKEN
#   save() with resumable: false: POST Bearer TOKEN
#   save(): POST without a token, PUT without a token
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/storage@8.4.0 google-auth-library@11.3.4
run <<'JS'
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const server = await serve((request, response) =>
  request.url.includes('uploadType=resumable')
    ? response.writeHead(200, { location: `${server.url}/session` }).end()
    : json(response, { name: 'object', bucket: 'bucket', generation: '7', size: '1' }),
);
const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const file = new Storage({ apiEndpoint: server.url, projectId: 'project', authClient, useAuthWithCustomEndpoint: true })
  .bucket('bucket')
  .file('object');
const said = async (label, act) => {
  server.requests.length = 0;
  await act();
  console.log(`${label}: ${server.requests.map(({ method, headers }) => `${method} ${headers.authorization ?? 'without a token'}`).join(', ')}`);
};
await said('getMetadata()', () => file.getMetadata());
await said('save() with resumable: false', () => file.save('x', { resumable: false, validation: false }));
await said('save()', () => file.save('x', { validation: false }));
process.exit();
JS
