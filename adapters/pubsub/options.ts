import type { AuthClient } from 'google-auth-library';
import { type ChannelCredentials, grpc } from 'google-gax';

/** The law's `endpoints.pubsub`: a lab's gRPC server, TLS with a certificate authority of its own (PEM). */
export interface PubsubEndpoint {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
}

export interface PubsubOptions {
  readonly projectId: string;
  readonly authClient: AuthClient;
  readonly endpoint?: PubsubEndpoint | undefined;
}

/**
 * TLS with the lab's authority, and the bearer token on each call. Not createFromGoogleCredential: with auth library 10 and later it
 * drops the header.
 */
const labCredentials = (ca: string, authClient: AuthClient): ChannelCredentials =>
  grpc.credentials.combineChannelCredentials(
    grpc.credentials.createSsl(Buffer.from(ca)),
    grpc.credentials.createFromMetadataGenerator((_params, done) => {
      authClient.getRequestHeaders().then(
        (headers) => {
          const metadata = new grpc.Metadata();
          metadata.set('authorization', headers.get('authorization') ?? '');
          done(null, metadata);
        },
        (error) => done(error),
      );
    }),
  );

/** What the generated clients are built with. */
export const clientOptions = ({ projectId, authClient, endpoint }: PubsubOptions) => ({
  projectId,
  authClient,
  // Whoever opens a client again would otherwise get the silent connection of the old one, from the pool that all share.
  'grpc.use_local_subchannel_pool': 1,
  ...(endpoint === undefined
    ? {}
    : { apiEndpoint: endpoint.host, port: endpoint.port, sslCreds: labCredentials(endpoint.ca, authClient) }),
});
