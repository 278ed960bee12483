import { afterAll, expect, it } from 'vitest';
import type { Storage, StoredObject } from '#core/ports.ts';
import fc from '#test/support/properties.ts';
import { ADAPTER, BUCKET, bench, bytesOf, closeAll, IN_MEMORY, OWNER, textOf } from './storage-port-kit.ts';

afterAll(closeAll);

/** One call of the port, by whom; names are few, so that calls meet. */
const name = fc.constantFrom('a', 'a/1', 'a/2', 'b');
const call = fc.oneof(
  fc.record({
    op: fc.constant('create' as const),
    name,
    text: fc.string({ maxLength: 4 }),
    mark: fc.string({ maxLength: 2 }),
  }),
  fc.record({ op: fc.constantFrom('read', 'stat', 'delete', 'readListed', 'archive', 'wait'), name }),
  fc.record({ op: fc.constant('mark' as const), name, key: fc.constantFrom('m', 'n') }),
  fc.record({
    op: fc.constant('list' as const),
    name: fc.constantFrom('', 'a', 'a/'),
    versions: fc.boolean(),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
);
const calls = fc.array(
  fc.record({ who: fc.constantFrom(OWNER, OWNER, 'user:keyturn.append', 'user:roles/storage.objectViewer'), call }),
  { minLength: 20, maxLength: 40 },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const answerOf = async (
  on: Awaited<ReturnType<typeof bench>>,
  port: Storage,
  last: Map<string, StoredObject>,
  one: Call,
): Promise<unknown> => {
  const keep = <T extends StoredObject | undefined>(object: T): T => {
    if (object !== undefined) last.set(object.name, object);
    return object;
  };
  const shown = (read: Awaited<ReturnType<Storage['read']>>) => read && [read.object, textOf(read.bytes)];
  switch (one.op) {
    case 'create': {
      const made = await port.createOnce(BUCKET, one.name, bytesOf(one.text), { m: one.mark });
      keep(made.object);
      return made;
    }
    case 'list': {
      const page = await port.list(BUCKET, one.name, { versions: one.versions, limit: one.limit });
      page.objects.forEach(keep);
      return [page.objects, page.next];
    }
    case 'mark':
      return port.setMetadata(BUCKET, one.name, { [one.key]: 'set' });
    case 'read':
      return shown(await port.read(BUCKET, one.name));
    case 'readListed': {
      const listed = last.get(one.name);
      return shown(await port.read(BUCKET, one.name, listed === undefined ? {} : { listed }));
    }
    case 'stat':
      return keep(await port.stat(BUCKET, one.name));
    case 'delete':
      return port.delete(BUCKET, one.name);
    case 'archive':
      on.store.patchBucket(on.owner, BUCKET, { versioning: one.name !== 'b' });
      return 'done';
    case 'wait':
      on.clock.advance(1000);
      return 'done';
    default:
      return one satisfies never;
  }
};

it('both give the same answers to any row of calls', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.constantFrom(412, 403), async (row, answer) => {
      const [one, other] = [await bench(ADAPTER, answer), await bench(IN_MEMORY, answer)];
      const told = { one: new Map<string, StoredObject>(), other: new Map<string, StoredObject>() };
      const codeOf = (error: unknown) => (error as { code?: unknown }).code ?? error;
      for (const { who, call: each } of row) {
        const answers = await Promise.all([
          answerOf(one, one.portOf(who), told.one, each).catch(codeOf),
          answerOf(other, other.portOf(who), told.other, each).catch(codeOf),
        ]);
        expect(answers[1], JSON.stringify(each)).toEqual(answers[0]);
      }
    }),
    { seed: 20_270_101, numRuns: 25 },
  );
});
