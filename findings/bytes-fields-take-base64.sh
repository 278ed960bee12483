#!/usr/bin/env bash
# Google's clients read a string in a bytes field as base64: KMS encrypts three other bytes for the text "pass".
#
# Version: @google-cloud/kms 6.3.0, @google-cloud/pubsub 6.3.0
# Expected: A string is its UTF-8 bytes, or it is refused. The types allow a string without a word on base64.
# Seen: "pass" is sent as base64 text, whose bytes are a5 ab 2c. "a key" is refused as "invalid encoding".
#   Pub/Sub's validateMessage() treats a JSON message so too.
# Output seen:
#   encrypt "pass": bytes a5ab2c were sent
#   encrypt a buffer of "pass": bytes 70617373 were sent
#   encrypt "a key": throws invalid encoding
#   validateMessage of JSON text: throws 13 INTERNAL: Request message serialization failure: invalid encoding
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/kms@6.3.0 @google-cloud/pubsub@6.3.0 google-auth-library@11.3.4
run <<'JS'
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { PubSub } from '@google-cloud/pubsub';
import grpc from '@grpc/grpc-js';
import { OAuth2Client } from 'google-auth-library';
import { json, serve, show } from './lib.mjs';

const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'TOKEN', expiry_date: Date.now() + 3_600_000 });
const server = await serve((_, response) => json(response, { ciphertext: 'AAAA' }));
const kms = new KeyManagementServiceClient({ fallback: true, protocol: 'http', apiEndpoint: '127.0.0.1', port: server.port, authClient, projectId: 'p' });
for (const plaintext of ['pass', Buffer.from('pass'), 'a key'])
  await show(`encrypt ${typeof plaintext === 'string' ? `"${plaintext}"` : 'a buffer of "pass"'}`, async () => {
    await kms.encrypt({ name: 'projects/p/locations/l/keyRings/r/cryptoKeys/k', plaintext });
    return `bytes ${Buffer.from(JSON.parse(server.requests.at(-1).body).plaintext, 'base64').toString('hex')} were sent`;
  });

const pubsub = new PubSub({ projectId: 'p', apiEndpoint: '127.0.0.1:1', sslCreds: grpc.credentials.createInsecure() });
await show('validateMessage of JSON text', () => pubsub.schema('s').validateMessage('{"a":1}', 'JSON'));
process.exit();
JS
