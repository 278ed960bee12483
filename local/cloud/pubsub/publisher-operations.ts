import { z } from 'zod';
import { int, mask, message, text } from './fields.ts';
import { type Operation, operation } from './operation.ts';
import { draftShape, topicShape } from './shapes.ts';
import { printTopic } from './to-wire.ts';

const page = { pageSize: int, pageToken: text };

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#publisher */
export const publisherOperations: Readonly<Record<string, Operation>> = {
  CreateTopic: operation(
    'topics.create',
    topicShape,
    ({ name }) => name,
    ({ topics, caller }, topic) => printTopic(topics.create(caller, topic)),
  ),
  UpdateTopic: operation(
    'topics.update',
    message({ topic: topicShape, updateMask: mask }),
    ({ topic }) => topic.name,
    ({ topics, caller }, { topic, updateMask }) => printTopic(topics.update(caller, topic, updateMask)),
  ),
  GetTopic: operation(
    'topics.get',
    message({ topic: text }),
    ({ topic }) => topic,
    ({ topics, caller }, { topic }) => printTopic(topics.get(caller, topic)),
  ),
  ListTopics: operation(
    'topics.list',
    message({ project: text, ...page }),
    ({ project }) => project,
    ({ topics, caller }, { project, ...rest }) => {
      const { items, nextPageToken } = topics.list(caller, project, rest);
      return { topics: items.map(printTopic), nextPageToken };
    },
  ),
  ListTopicSubscriptions: operation(
    'topics.listSubscriptions',
    message({ topic: text, ...page }),
    ({ topic }) => topic,
    ({ topics, caller }, { topic, ...rest }) => {
      const { items, nextPageToken } = topics.listSubscriptions(caller, topic, rest);
      return { subscriptions: items, nextPageToken };
    },
  ),
  DeleteTopic: operation(
    'topics.delete',
    message({ topic: text }),
    ({ topic }) => topic,
    ({ topics, caller }, { topic }) => {
      topics.delete(caller, topic);
      return {};
    },
  ),
  Publish: operation(
    'publish',
    message({ topic: text, messages: z.array(draftShape).default([]) }),
    ({ topic }) => topic,
    ({ topics, caller }, { topic, messages }) => ({ messageIds: topics.publish(caller, topic, messages) }),
  ),
};
