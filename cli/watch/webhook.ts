import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import type { Clock } from '#core/ports.ts';
import { isLoopback } from '#schemas/loopback.ts';
import type { Delivered, Receiver } from './receiver.ts';
import { signedHeaders } from './signature.ts';

/** ms, from the first byte to the status of the answer. */
const DEADLINE_MS = 5000;

/** Throws USAGE, without what was given: its path may be a secret. */
export const webhookUrl = (text: string): URL => {
  const wrong = (why: string) => wrongOption('webhook', why);
  const url = URL.parse(text);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw wrong('must be an https url');
  if (url.username !== '' || url.password !== '')
    throw wrong('a url on a command line must hold no name and no password: the body is signed, by --secret');
  if (url.hash !== '') throw wrong('must have no fragment: no server ever sees one');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) throw wrong('must be https, or http to this machine');
  return url;
};

const failed = (why: string): Delivered => ({ ok: false, why });

/** A status says all: nothing of the answer is read, and it leads nowhere else. */
const answered = async (url: URL, init: RequestInit): Promise<Delivered> => {
  const response = await fetch(url, { ...init, method: 'POST', redirect: 'manual' });
  await response.body?.cancel();
  if (response.ok) return { ok: true };
  const leads = response.status >= 300 && response.status < 400;
  return failed(`${url.origin} answered ${response.status}${leads ? ', and no redirect is followed' : ''}`);
};

/** Posts each, signed as Standard Webhooks has it. Any 2xx is a yes. */
export const webhook = (url: URL, secret: Uint8Array, clock: Clock): Receiver => ({
  deliver: async ({ eventId, body }, signal) => {
    const seconds = Math.floor(clock.now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'keyturn',
      ...signedHeaders(secret, { id: eventId, seconds, body }),
    };
    try {
      const inTime = await withTimeLimit(clock, DEADLINE_MS, (late) =>
        answered(url, { headers, body, signal: AbortSignal.any([late, signal]) }),
      );
      return inTime?.result ?? failed(`${url.origin} gave no answer within ${DEADLINE_MS / 1000} s`);
    } catch {
      // Its words may name the whole url.
      return failed(`${url.origin} could not be reached`);
    }
  },
});
