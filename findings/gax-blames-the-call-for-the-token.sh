#!/usr/bin/env bash
# A token exchange that was refused looks like a bad argument of the Google call that needed the token.
#
# Version: @google-cloud/kms 6.3.0 over HTTP, google-auth-library 11.3.4
# Expected: UNAUTHENTICATED, or an error that names the token service.
# Seen: The 400 of the token service becomes INVALID_ARGUMENT (3) of decrypt, which for KMS means a bad ciphertext. KMS was never asked.
# Output seen:
#   code 3: Error code invalid_grant: the token has expired
#   requests to the token service: 1, to KMS: 0
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/kms@6.3.0 google-auth-library@11.3.4
run <<'JS'
import { writeFileSync } from 'node:fs';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { ExternalAccountClient } from 'google-auth-library';
import { json, serve } from './lib.mjs';

const tokens = await serve((_, response) => json(response, { error: 'invalid_grant', error_description: 'the token has expired' }, 400));
const kms = await serve((_, response) => json(response, {}));
writeFileSync('token', 'x');
const authClient = ExternalAccountClient.fromJSON({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: `${tokens.url}/v1/token`,
  credential_source: { file: 'token' },
});
const client = new KeyManagementServiceClient({ fallback: true, protocol: 'http', apiEndpoint: '127.0.0.1', port: kms.port, authClient, projectId: 'p' });
const name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k';
const error = await client.decrypt({ name, ciphertext: Buffer.from('x') }).catch((caught) => caught);
console.log(`code ${error.code}: ${error.message}`);
console.log(`requests to the token service: ${tokens.requests.length}, to KMS: ${kms.requests.length}`);
process.exit();
JS
