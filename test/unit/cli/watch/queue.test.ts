import { describe, expect, test } from 'vitest';
import { admit, lanes } from '#cli/watch/queue.ts';

describe('what is taken of those that wait', () => {
  test.each([
    ['all where there is room', ['a', 'b'], 5, ['a', 'b'], 0],
    ['the first ones', ['a', 'b', 'c'], 2, ['a', 'b'], 1],
    ['none where it is full', ['a', 'b'], 0, [], 2],
    ['none where more are in hand than there may be', ['a'], -3, [], 1],
    ['all where there is no bound', ['a', 'b'], Number.POSITIVE_INFINITY, ['a', 'b'], 0],
    ['nothing of nothing', [], 4, [], 0],
  ])('%s', (_, waiting, room, taken, left) => {
    expect(admit(waiting, room)).toEqual({ taken, left });
  });
});

describe('lanes', () => {
  test('run so many at a time, in the order of asking, also after one that fails', async () => {
    const lane = lanes(2);
    const [began, ends]: [number[], PromiseWithResolvers<void>[]] = [[], []];
    const all = [0, 1, 2, 3].map((n) =>
      lane(() => {
        began.push(n);
        ends[n] = Promise.withResolvers();
        return ends[n].promise;
      }).catch(() => 'failed'),
    );
    const settle = () => new Promise(setImmediate);
    await settle();
    expect(began).toEqual([0, 1]);
    ends[1]?.reject(new Error('no'));
    await settle();
    expect(began).toEqual([0, 1, 2]);
    ends[0]?.resolve();
    ends[2]?.resolve();
    await settle();
    ends[3]?.resolve();
    expect(await Promise.all(all)).toEqual([undefined, 'failed', undefined, undefined]);
    // None is lost on the way: two more run at once.
    const more = [lane(async () => began.push(4)), lane(async () => began.push(5))];
    await Promise.all(more);
    expect(began).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
