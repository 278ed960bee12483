import { writeFileSync } from 'node:fs';
import { type Topics, topicsOf } from '../schemas/names.ts';
import { CHANNELS, type MessageDocument, type Schema } from './asyncapi-channels.ts';

/** `npm run asyncapi -- --write`: the AsyncAPI 3 document of all topics, made from the Avro schemas and the table of events. */
const FILE = new URL('../docs/asyncapi.json', import.meta.url);

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => Object.keys(record) as K[];
const addressOf = (topic: keyof Topics): string => topicsOf('{deployment}')[topic];
/** One body may go to two topics under another schema, so the name of the topic is part of the key. */
const keyOf = (topic: string, message: MessageDocument): string => `${topic}.${message.name}`;

export const asyncApi = (): Schema => ({
  asyncapi: '3.0.0',
  info: {
    title: 'keyturn',
    version: '0.1.0',
    description:
      'The topics of one keyturn deployment on Google Cloud Pub/Sub. "receive" and "send" are from the side of keyturn. docs/formats.md explains each field.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  servers: {
    pubsub: {
      host: 'pubsub.googleapis.com',
      protocol: 'googlepubsub',
      description: 'Google Cloud Pub/Sub. Topics lie in the project of the deployment.',
    },
  },
  channels: Object.fromEntries(
    keysOf(CHANNELS).map((topic) => [
      topic,
      {
        address: addressOf(topic),
        description: CHANNELS[topic].description,
        servers: [{ $ref: '#/servers/pubsub' }],
        parameters: { deployment: { description: 'Name of the deployment: law.name in keyturn.json.' } },
        messages: Object.fromEntries(
          CHANNELS[topic].messages.map((message) => [
            message.name,
            { $ref: `#/components/messages/${keyOf(topic, message)}` },
          ]),
        ),
      },
    ]),
  ),
  operations: Object.fromEntries(
    keysOf(CHANNELS).map((topic) => [
      `${CHANNELS[topic].action}${topic.charAt(0).toUpperCase()}${topic.slice(1)}`,
      {
        action: CHANNELS[topic].action,
        channel: { $ref: `#/channels/${topic}` },
        summary: CHANNELS[topic].description,
        messages: CHANNELS[topic].messages.map(({ name }) => ({ $ref: `#/channels/${topic}/messages/${name}` })),
      },
    ]),
  ),
  components: {
    messages: Object.fromEntries(
      keysOf(CHANNELS).flatMap((topic) =>
        CHANNELS[topic].messages.map((message) => [
          keyOf(topic, message),
          {
            name: message.name,
            title: message.name,
            summary: message.summary,
            contentType: 'application/json',
            headers: message.headers,
            payload: message.body,
          },
        ]),
      ),
    ),
  },
});

export const asyncApiText = (): string => `${JSON.stringify(asyncApi(), null, 2)}\n`;

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(FILE, asyncApiText());
  else process.stdout.write(asyncApiText());
}
