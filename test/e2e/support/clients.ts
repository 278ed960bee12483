import { readFileSync } from 'node:fs';
import { KeyManagementServiceClient } from '@google-cloud/kms';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import type { Lab } from '#local/lab/lab.ts';
import './offline.ts';

/** Whoever holds this token. */
export const clientOf = (token: string): OAuth2Client => {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
};

/** The token of a person of the lab. */
export const tokenOf = ({ description }: Lab, who: string): string => {
  const file =
    description.coSigners.find(({ name }) => name === who)?.tokenFile ??
    Object.entries(description.tokens).find(([name]) => name === who)?.[1];
  if (file === undefined) throw new Error(`nobody in this lab is called ${who}`);
  return readFileSync(file, 'utf8').trim();
};

/** Google's own clients, unmodified, with this access token. */
export const googleStorage = ({ config, world }: Lab, token: string): Storage =>
  new Storage({
    projectId: world.project.id,
    authClient: clientOf(token),
    apiEndpoint: config.law.endpoints?.storage ?? '',
    useAuthWithCustomEndpoint: true,
    retryOptions: { autoRetry: false },
  });

export const googleKms = ({ config, world }: Lab, token: string): KeyManagementServiceClient => {
  const { hostname, port } = new URL(config.law.endpoints?.kms ?? '');
  return new KeyManagementServiceClient({
    projectId: world.project.id,
    authClient: clientOf(token),
    fallback: true,
    protocol: 'http',
    apiEndpoint: hostname,
    port: Number(port),
  });
};

/** Through the plain port, as PUBSUB_EMULATOR_HOST points a client: whoever comes there is `dev`. */
export const googlePubSub = ({ description, world }: Lab): PubSub =>
  new PubSub({ projectId: world.project.id, apiEndpoint: description.endpoints.pubsub });
