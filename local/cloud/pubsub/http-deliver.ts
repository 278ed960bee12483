import type { PushRequest } from './push.ts';

/** Sends a push over HTTP as Google does: POST, no redirects followed, given up at the ack deadline. */
export const httpDeliver = async ({ endpoint, headers, body, timeoutMs }: PushRequest): Promise<number> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  return response.status;
};
