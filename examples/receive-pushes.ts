/**
 * An HTTP service that receives the events of a push subscription (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
 *
 * Anybody can call a url, so the OIDC token of each call is checked first. It must be signed by Google, for this AUDIENCE, and of PUSH_ACCOUNT: the
 * service account that the subscription was made with. An event is answered with 2xx only after it lies on the disk: Pub/Sub forgets it then. The same event may
 * come twice, and is stored once. Everything else is answered with an error, so Pub/Sub sends it again.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { isKeyturnError, type KeyturnEvent, readPush } from 'keyturn-client';

const { AUDIENCE = '', PUSH_ACCOUNT = '', EVENTS = 'events', PORT = '8080' } = process.env;
// Google's own keys, but in a lab.
const { JWKS_URL = 'https://www.googleapis.com/oauth2/v3/certs' } = process.env;
if (AUDIENCE === '' || PUSH_ACCOUNT === '') throw new Error('AUDIENCE and PUSH_ACCOUNT must be set');
mkdirSync(EVENTS, { recursive: true });

const keys = createRemoteJWKSet(new URL(JWKS_URL));
/** Pub/Sub delivers at most 10 MB; base64 makes a third more of it. */
const MAX_BODY_BYTES = 14 * 1024 * 1024;

const isPubSub = async ({ headers }: IncomingMessage): Promise<boolean> => {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return false;
  const issuer = ['https://accounts.google.com', 'accounts.google.com'];
  const checked = await jwtVerify(token, keys, { audience: AUDIENCE, issuer, requiredClaims: ['exp'] }).catch(
    () => undefined,
  );
  return checked?.payload.email === PUSH_ACCOUNT && checked.payload.email_verified === true;
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

/** One file for each event, created once and on the disk before this resolves. What cannot be read is kept too, under the message's id. */
const store = async (event: KeyturnEvent, messageId: string): Promise<'stored' | 'known'> => {
  const name = event.type === 'unreadable' ? `message ${messageId}` : event.eventId;
  const path = join(EVENTS, `${createHash('sha256').update(name).digest('hex')}.json`);
  const kept = event.type === 'unreadable' ? { ...event, data: Buffer.from(event.data).toString('base64') } : event;
  // Written aside first: a crash in the middle leaves no half of an event under its name.
  const aside = `${path}.${process.pid}.${messageId.replaceAll(/\W/g, '')}`;
  const file = await open(aside, 'w');
  try {
    await file.writeFile(JSON.stringify(kept));
    await file.sync();
    await link(aside, path);
    return 'stored';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return 'known';
    throw error;
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
};

const answer = async (request: IncomingMessage): Promise<number> => {
  if (request.method !== 'POST') return 405;
  if (!(await isPubSub(request))) return 401;
  try {
    const { event, messageId } = readPush(await bodyOf(request));
    console.log(JSON.stringify({ type: event.type, what: await store(event, messageId) }));
    return 204;
  } catch (error) {
    // No push at all: to send it again would not help, but only Pub/Sub gets this far.
    if (isKeyturnError(error, 'MALFORMED')) return 400;
    console.log(JSON.stringify({ failed: error instanceof Error ? error.message : 'unknown' }));
    return 500;
  }
};

const server = createServer(async (request, response) => {
  const status = await answer(request);
  response.writeHead(status).end();
});
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ listening: typeof address === 'object' ? address?.port : address }));
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));
