#!/usr/bin/env bash
# A field in the spelling of the API's proto file is dropped by the Node client without a word.
#
# Version: @google-cloud/kms 6.3.0
# Expected: Protobuf's JSON mapping accepts additional_authenticated_data beside additionalAuthenticatedData, or it is an error.
# Seen: The request is sent without the field. The ciphertext is bound to nothing, and nobody notices before the first decrypt.
# Output seen:
#   additionalAuthenticatedData: sent {"plaintext":"eA==","additionalAuthenticatedData":"eQ=="}
#   additional_authenticated_data: sent {"plaintext":"eA=="}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/kms@6.3.0 google-auth-library@11.3.4
run <<'JS'
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { OAuth2Client } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const server = await serve((_, response) => json(response, { ciphertext: 'AAAA' }));
const client = new KeyManagementServiceClient({ fallback: true, protocol: 'http', apiEndpoint: '127.0.0.1', port: server.port, authClient, projectId: 'p' });
for (const field of ['additionalAuthenticatedData', 'additional_authenticated_data']) {
  await client.encrypt({ name: 'projects/p/locations/l/keyRings/r/cryptoKeys/k', plaintext: Buffer.from('x'), [field]: Buffer.from('y') });
  console.log(`${field}: sent ${server.requests.at(-1).body}`);
}
process.exit();
JS
