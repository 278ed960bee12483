import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { flag, int, mask, message, text, textList } from './fields.ts';
import type { Received } from './model.ts';
import { type Operation, operation } from './operation.ts';
import { pushShape, subscriptionShape } from './shapes.ts';
import { printReceived, printSubscription } from './to-wire.ts';
import type { Topics } from './topics.ts';

/** ms that a pull without `returnImmediately` waits for a first message before it answers with none. */
const PULL_WAIT = 10_000;

const name = { subscription: text };

const pullOrWait = (world: World, topics: Topics, caller: Caller, subscription: string, max: number) =>
  new Promise<readonly Received[]>((resolve, reject) => {
    let open = true;
    const finish = (run: () => void): void => {
      if (!open) return;
      open = false;
      cancel();
      // The line hands out further batches only from its own round, never from here.
      line.detach();
      run();
    };
    const line = topics.subscriptions.attach(caller, subscription, {
      wants: (count) => open && count < max,
      receive: (batch) => finish(() => resolve(batch)),
      released: () => {},
      gone: (why) => finish(() => reject(why)),
    });
    const cancel = world.clock.after(PULL_WAIT, () => finish(() => resolve([])));
  });

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber; StreamingPull is in streaming-pull.ts. */
export const subscriberOperations: Readonly<Record<string, Operation>> = {
  CreateSubscription: operation(
    'subscriptions.create',
    subscriptionShape,
    (draft) => draft.name,
    ({ topics, caller, encode }, draft) => printSubscription(encode, topics.subscriptions.create(caller, draft)),
  ),
  GetSubscription: operation(
    'subscriptions.get',
    message(name),
    ({ subscription }) => subscription,
    ({ topics, caller, encode }, { subscription }) =>
      printSubscription(encode, topics.subscriptions.get(caller, subscription)),
  ),
  UpdateSubscription: operation(
    'subscriptions.update',
    message({ subscription: subscriptionShape, updateMask: mask }),
    ({ subscription }) => subscription.name,
    ({ topics, caller, encode }, { subscription, updateMask }) =>
      printSubscription(encode, topics.subscriptions.update(caller, subscription, updateMask)),
  ),
  ListSubscriptions: operation(
    'subscriptions.list',
    message({ project: text, pageSize: int, pageToken: text }),
    ({ project }) => project,
    ({ topics, caller, encode }, { project, ...page }) => {
      const { items, nextPageToken } = topics.subscriptions.list(caller, project, page);
      return { subscriptions: items.map((item) => printSubscription(encode, item)), nextPageToken };
    },
  ),
  // There are none, and none can be made: the other calls of snapshots are refused by name.
  ListSnapshots: operation(
    'snapshots.list',
    message({ project: text, pageSize: int, pageToken: text }),
    ({ project }) => project,
    ({ topics, caller }, { project }) => {
      topics.subscriptions.checkSnapshots(caller, project);
      return { snapshots: [] };
    },
  ),
  DeleteSubscription: operation(
    'subscriptions.delete',
    message(name),
    ({ subscription }) => subscription,
    ({ topics, caller }, { subscription }) => {
      topics.subscriptions.delete(caller, subscription);
      return {};
    },
  ),
  ModifyPushConfig: operation(
    'subscriptions.modifyPushConfig',
    message({ ...name, pushConfig: pushShape.optional() }),
    ({ subscription }) => subscription,
    ({ topics, caller }, { subscription, pushConfig = {} }) => {
      topics.subscriptions.modifyPushConfig(caller, subscription, pushConfig);
      return {};
    },
  ),
  Pull: operation(
    'pull',
    message({ ...name, maxMessages: int, returnImmediately: flag }),
    ({ subscription }) => subscription,
    async ({ world, topics, caller, encode }, { subscription, maxMessages, returnImmediately }) => {
      const ready = topics.subscriptions.pull(caller, subscription, maxMessages);
      const received =
        ready.length > 0 || returnImmediately
          ? ready
          : await pullOrWait(world, topics, caller, subscription, maxMessages);
      return { receivedMessages: received.map((one) => printReceived(encode, one)) };
    },
  ),
  Acknowledge: operation(
    'acknowledge',
    message({ ...name, ackIds: textList }),
    ({ subscription }) => subscription,
    ({ topics, caller }, { subscription, ackIds }) => {
      topics.subscriptions.acknowledge(caller, subscription, ackIds);
      return {};
    },
  ),
  ModifyAckDeadline: operation(
    'modifyAckDeadline',
    message({ ...name, ackIds: textList, ackDeadlineSeconds: int }),
    ({ subscription }) => subscription,
    ({ topics, caller }, { subscription, ackIds, ackDeadlineSeconds }) => {
      topics.subscriptions.modifyAckDeadline(caller, subscription, ackIds, ackDeadlineSeconds);
      return {};
    },
  ),
};
