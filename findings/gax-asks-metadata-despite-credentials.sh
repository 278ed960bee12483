#!/usr/bin/env bash
# A client that got its channel credentials still looks for a metadata server.
#
# Version: @google-cloud/pubsub 6.3.0
# Expected: With sslCreds given, nothing is left to find out about the caller.
# Seen: One publish asks the metadata server too. Where there is none, the first call waits for it.
# Output seen:
#   published: 7
#   token sent: undefined
#   metadata server asked: /computeMetadata/v1/instance
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @google-cloud/pubsub@6.3.0
run <<'JS'
import grpc from '@grpc/grpc-js';
import { serve } from './lib.mjs';

const metadata = await serve((_, response) => response.writeHead(200, { 'metadata-flavor': 'Google' }).end('p'));
process.env.GCE_METADATA_HOST = `127.0.0.1:${metadata.port}`;
delete process.env.METADATA_SERVER_DETECTION;
process.env.HOME = process.cwd();

const server = new grpc.Server();
const same = (bytes) => bytes;
const path = '/google.pubsub.v1.Publisher/Publish';
const unary = { path, requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
let authorization;
server.addService({ Publish: unary }, {
  Publish: (call, done) => {
    authorization = call.metadata.get('authorization')[0];
    done(null, Buffer.from([0x0a, 1, 0x37])); // message_ids: ["7"]
  },
});
const port = await new Promise((go, no) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? no(error) : go(bound))),
);
const { PubSub } = await import('@google-cloud/pubsub');
const client = new PubSub({ projectId: 'p', apiEndpoint: `127.0.0.1:${port}`, sslCreds: grpc.credentials.createInsecure() });
console.log(`published: ${await client.topic('t').publishMessage({ data: Buffer.from('x') })}`);
console.log(`token sent: ${authorization}`);
console.log(`metadata server asked: ${metadata.requests.map(({ url }) => url).join(', ')}`);
process.exit();
JS
