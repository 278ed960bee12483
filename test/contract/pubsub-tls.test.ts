import { connect as connectTls } from 'node:tls';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createLocalTls } from '#local/cloud/runtime/tls.ts';
import { type Ours, PROJECT_ID, startOurs, tlsClient } from './pubsub-backends.ts';
import { failure, inbox, text } from './pubsub-suite.ts';

const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

let ours: Ours;
const clients: PubSub[] = [];
const track = (client: PubSub): PubSub => {
  clients.push(client);
  return client;
};

beforeAll(async () => {
  ours = await startOurs();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await ours.servers.close();
});

const plain = (): PubSub =>
  track(new PubSub({ projectId: PROJECT_ID, apiEndpoint: `127.0.0.1:${ours.servers.plainPort}` }));

const grant = (member: string, role: string, resource: string): string => {
  ours.world.iam.bind({ id: `${member} ${role} ${resource}`, resource, role, members: [member] });
  return ours.world.iam.issueToken(callerNamed(member));
};

describe('permissions over TLS', () => {
  it('refuses a call without a token, and one with an unknown token', async () => {
    for (const token of [undefined, 'ya29.wrong']) {
      const client = track(tlsClient(ours, token));
      expect(await failure(client.topic('tls-topic').publishMessage({ data: Buffer.from('x') }))).toMatchObject({
        code: UNAUTHENTICATED,
      });
      expect(await failure(client.topic('tls-topic').getMetadata())).toMatchObject({ code: UNAUTHENTICATED });
    }
  });

  it('lets each caller do what its roles say and nothing else', async () => {
    await plain().createTopic('perm-topic');
    await plain().topic('perm-topic').createSubscription('perm-sub');
    const publisher = track(
      tlsClient(ours, grant('user:dapp@keyturn.local', 'roles/pubsub.publisher', 'topics/perm-topic')),
    );
    const reader = track(
      tlsClient(ours, grant('user:finance@keyturn.local', 'roles/pubsub.subscriber', 'subscriptions/perm-sub')),
    );

    const id = await publisher.topic('perm-topic').publishMessage({ data: Buffer.from('paid') });
    const subscription = reader.subscription('perm-sub');
    const message = await inbox(subscription).next();
    message.ack();
    expect([message.id, text(message)]).toEqual([id, 'paid']);
    await subscription.close();

    expect(await failure(reader.topic('perm-topic').publishMessage({ data: Buffer.from('x') }))).toMatchObject({
      code: PERMISSION_DENIED,
      message: expect.stringMatching(
        /user:finance@keyturn.local does not have pubsub.topics.publish access to \S+perm-topic/,
      ),
    });
    expect(await failure(publisher.createTopic('mine'))).toMatchObject({ code: PERMISSION_DENIED });
    const refused = new Promise((resolve) =>
      publisher
        .subscription('perm-sub')
        .on('error', resolve)
        .on('message', () => {}),
    );
    expect(await refused).toMatchObject({ code: PERMISSION_DENIED });
  });

  it('is trusted by who knows the local CA, by name and by address, and by nobody else', async () => {
    const { tls, servers } = ours;
    const connect = async (ca: string | undefined, host: string): Promise<unknown> => {
      const trust = ca === undefined ? {} : { ca };
      const name = host === 'localhost' ? { servername: host } : {};
      const socket = connectTls({ host: '127.0.0.1', port: servers.tlsPort, ...name, ...trust, ALPNProtocols: ['h2'] });
      const outcome = await new Promise((resolve) => {
        socket.once('secureConnect', () => resolve('trusted'));
        socket.once('error', (error) => resolve('code' in error ? error.code : error));
      });
      socket.destroy();
      return outcome;
    };
    expect(await connect(tls.ca, 'localhost')).toBe('trusted');
    expect(await connect(tls.ca, '127.0.0.1')).toBe('trusted');
    expect(await connect(undefined, 'localhost')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await connect((await createLocalTls()).ca, 'localhost')).not.toBe('trusted');
  });
});
