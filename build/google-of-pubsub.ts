import { createRequire } from 'node:module';

/**
 * In the bundle of the client this stands for google-gax and google-auth-library. They are the ones that the Pub/Sub client itself uses, from where
 * it finds them. So a dApp installs that client and nothing else of Google's, and has each library once.
 */
const { resolve } = createRequire(import.meta.url);
const ofPubSub: NodeJS.Require = createRequire(resolve('@google-cloud/pubsub'));
const gax: typeof import('google-gax') = ofPubSub('google-gax');

export const { grpc, Status } = gax;
export const { GoogleAuth, IdentityPoolClient, OAuth2Client } = gax.googleAuthLibrary;
