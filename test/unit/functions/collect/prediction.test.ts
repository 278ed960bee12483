import { expect, test } from 'vitest';
import { stage } from '#test/support/stage.ts';

test('a prediction beside a share is no answer: nothing is announced, counted or refused', async () => {
  const { ask, storage, buckets, publisher, log, notify } = stage();
  const id = await ask();
  const [said, told] = [publisher.sent.length, log.lines.length];
  await notify(storage.put(buckets.keys, `alice/predictions/${id}`, new Uint8Array(3)));
  expect(publisher.sent.slice(said)).toEqual([]);
  expect(log.lines.slice(told).map(({ level, event }) => [level, event])).toEqual([['info', 'collect.ignore']]);
});

test('with a further part in its name it is misnamed, as a rejection would be', async () => {
  const { ask, storage, buckets, log, notify } = stage();
  const id = await ask();
  await notify(storage.put(buckets.keys, `alice/predictions/${id}/2`, new Uint8Array(3)));
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', event: 'collect.refuse' }));
});
