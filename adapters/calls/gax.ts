import type { AuthClient } from 'google-auth-library';
import type { CallOptions, ClientOptions } from 'google-gax';

/** Of one attempt: gax's own deadline and cancellation; repeating is deadline.ts's business, so gax's is off. */
export const callOptions = (signal: AbortSignal, ms: number): CallOptions => ({ timeout: ms, retry: null, signal });

/**
 * A gax client over REST. A lab's plain http endpoint gets the bearer token too. gax wants host, port and protocol apart: "host:port" in
 * apiEndpoint fails.
 */
export const restOptions = (projectId: string, authClient: AuthClient, endpoint: string | undefined): ClientOptions => {
  const common = { authClient, projectId, fallback: true } as const;
  if (endpoint === undefined) return common;
  const { protocol, hostname, port } = new URL(endpoint);
  const secure = protocol === 'https:';
  return {
    ...common,
    apiEndpoint: hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol: secure ? 'https' : 'http',
  };
};
