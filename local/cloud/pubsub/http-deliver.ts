import { systemClock } from '#local/cloud/runtime/clock.ts';
import type { PushRequest } from './push.ts';

/** Sends a push over HTTP as Google does: POST, no redirects followed, given up at the ack deadline. */
export const httpDeliver = async ({ endpoint, headers, body, timeoutMs }: PushRequest): Promise<number> => {
  const late = new AbortController();
  const cancel = systemClock.after(timeoutMs, () => late.abort());
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: late.signal,
    });
    await response.body?.cancel();
    return response.status;
  } finally {
    cancel();
  }
};
