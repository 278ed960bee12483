#!/usr/bin/env bash
# A field in the spelling of the API's proto file is dropped by the Node client without a word.
#
# Version: @google-cloud/kms 6.3.0
# Expected: Protobuf's JSON mapping accepts page_size beside pageSize; or an unknown field is an error.
# Seen: The request is sent without the field, so the page has the service's own size.
# Output seen:
#   pageSize: asked for cryptoKeys?pageSize=5&$alt=json%3Benum-encoding=int
#   page_size: asked for cryptoKeys?$alt=json%3Benum-encoding=int
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/kms@6.3.0 google-auth-library@11.3.4
run <<'JS'
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { OAuth2Client } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const server = await serve((_, response) => json(response, { cryptoKeys: [] }));
const client = new KeyManagementServiceClient({ fallback: true, protocol: 'http', apiEndpoint: '127.0.0.1', port: server.port, authClient, projectId: 'p' });
for (const field of ['pageSize', 'page_size']) {
  await client.listCryptoKeys({ parent: 'projects/p/locations/l/keyRings/r', [field]: 5 }, { autoPaginate: false });
  console.log(`${field}: asked for ${server.requests.at(-1).url.split('/').at(-1)}`);
}
process.exit();
JS
