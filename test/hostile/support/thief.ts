import { account, type FunctionName, user } from '#local/lab/people.ts';
import { type Announcement, messageOf } from '#schemas/events.ts';
import { type Buckets, bucketsOf, type Topics, topicsOf } from '#schemas/names.ts';
import type { TestLab } from '../../e2e/support/lab.ts';
import { bytesOf } from '../../e2e/support/requests.ts';

/** Somebody who has the account of a function, beside the function itself, which goes on with its work. */
export const thiefOf = (test: TestLab, name: FunctionName) => {
  const { servers, world } = test.lab;
  const as = account(world, name);
  const buckets = bucketsOf('lab');
  return {
    as,
    put: (bucket: keyof Buckets, object: string, value: unknown): void => {
      servers.store.insert(as, buckets[bucket], object, Buffer.isBuffer(value) ? value : bytesOf(value));
    },
    remove: (bucket: keyof Buckets, object: string): void => servers.store.delete(as, buckets[bucket], object),
    read: (bucket: keyof Buckets, object: string): Buffer => servers.store.read(as, buckets[bucket], object).bytes,
    /** Raw, as it stands. */
    publish: (topic: keyof Topics, data: Buffer, attributes: Readonly<Record<string, string>> = { a: 'b' }): void => {
      const path = `projects/${world.project.id}/topics/${topicsOf('lab')[topic]}`;
      servers.topics.publish(as, path, [{ data, attributes: { ...attributes } }]);
    },
    /** As the function itself would say it of that object. */
    say(announcements: readonly Announcement[], object: string): void {
      for (const each of announcements) {
        const committed = { bucket: buckets.results, name: object, timeCreated: Date.now() };
        const { data, attributes } = messageOf(each, committed);
        this.publish(each.topic, Buffer.from(data), attributes);
      }
    },
  };
};

export type Thief = ReturnType<typeof thiefOf>;

/** What the operator's people may do about it: put the work bucket right. */
export const putRight = (test: TestLab, object: string, value: Buffer | undefined): void => {
  const { store } = test.lab.servers;
  const as = user('operator');
  const { work } = bucketsOf('lab');
  if (value === undefined) store.delete(as, work, object);
  else store.insert(as, work, object, value);
};
