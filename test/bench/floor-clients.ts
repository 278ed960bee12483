import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { v1 } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { grpc } from 'google-gax';
import type { FloorSettings } from './floor.ts';

/** Google's clients with the options that adapters/ gives them, and nothing around their calls. */
export interface Clients {
  create(name: string, bytes: Uint8Array): Promise<void>;
  read(name: string): Promise<Uint8Array>;
  list(prefix: string): Promise<void>;
  publish(data: Uint8Array): Promise<void>;
  encrypt(key: number, plaintext: Uint8Array, aad: string): Promise<Uint8Array>;
  decrypt(key: number, ciphertext: Uint8Array, aad: string): Promise<void>;
  /** The evidence of a batch, from where a machine asks for it. */
  token(nonce: string): Promise<string>;
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>;
}

const authOf = (token: string): OAuth2Client => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
};

const bytesOf = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  throw new Error('the answer has no bytes');
};

export const openClients = (given: FloorSettings): Clients => {
  const { project, storage, kms, pubsub, tee, rpc: node, keys, token } = given;
  const bucket = new Storage({
    projectId: project,
    authClient: authOf(token),
    retryOptions: { autoRetry: false },
    apiEndpoint: storage,
    useAuthWithCustomEndpoint: true,
  }).bucket(given.bucket);
  const metadata = grpc.credentials.createFromMetadataGenerator((_, done) => {
    const headers = new grpc.Metadata();
    headers.set('authorization', `Bearer ${token}`);
    done(null, headers);
  });
  const publisher = new v1.PublisherClient({
    projectId: project,
    authClient: authOf(token),
    apiEndpoint: pubsub.host,
    port: pubsub.port,
    sslCreds: grpc.credentials.combineChannelCredentials(grpc.credentials.createSsl(Buffer.from(pubsub.ca)), metadata),
  });
  const { hostname, port } = new URL(kms);
  const kmsAs = (who: string) =>
    new KeyManagementServiceClient({
      ...{ projectId: project, authClient: authOf(who), fallback: true },
      ...{ apiEndpoint: hostname, port: Number(port), protocol: 'http' },
    });
  const holders = keys.map(({ name, encrypt, decrypt }) => ({
    name,
    sealing: kmsAs(encrypt),
    opening: kmsAs(decrypt),
  }));
  const holder = (n: number) => {
    const found = holders[n];
    if (found === undefined) throw new RangeError(`no key ${n}`);
    return found;
  };
  let calls = 0;
  return {
    create: async (name, bytes) => {
      const preconditionOpts = { ifGenerationMatch: 0 };
      await bucket.file(name).save(Buffer.from(bytes), { resumable: false, validation: false, preconditionOpts });
    },
    read: async (name) => (await bucket.file(name).download({ validation: false }))[0],
    list: async (prefix) => void (await bucket.getFiles({ prefix, versions: true, autoPaginate: false })),
    publish: async (data) => void (await publisher.publish({ topic: given.topic, messages: [{ data }] })),
    encrypt: async (n, plaintext, aad) => {
      const { name, sealing } = holder(n);
      const [{ ciphertext }] = await sealing.encrypt({
        name,
        plaintext,
        additionalAuthenticatedData: Buffer.from(aad),
      });
      return bytesOf(ciphertext);
    },
    decrypt: async (n, ciphertext, aad) => {
      const { name, opening } = holder(n);
      await opening.decrypt({ name, ciphertext, additionalAuthenticatedData: Buffer.from(aad) });
    },
    token: (nonce) =>
      new Promise((resolve, reject) => {
        const asking = request({ socketPath: tee, path: '/v1/token', method: 'POST' }, (response) => {
          text(response).then((body) => {
            if (response.statusCode === 200) resolve(body);
            else reject(new Error(`evidence: HTTP ${response.statusCode}`));
          }, reject);
        });
        asking.once('error', reject);
        asking.end(JSON.stringify({ audience: 'bench', token_type: 'PKI', nonces: [nonce] }));
      }),
    rpc: async (method, ...params) => {
      calls += 1;
      const body = JSON.stringify({ jsonrpc: '2.0', id: calls, method, params });
      const response = await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const answer: { result?: unknown; error?: { message: string } } = JSON.parse(await response.text());
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    },
  };
};
