import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalBytes } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { messageOf, receiptEvents } from '#schemas/events.ts';
import { parseFact } from '#schemas/facts.ts';
import { receiptsOf } from '#test/support/replays.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const WISH = { since: '2027-01-05', until: '2027-01-07' };
const NAME = 'of-january';

let s: Pipeline;
let put: ReturnType<typeof receiptsOf>;
beforeEach(() => {
  s = stage();
  put = receiptsOf(s);
});

const wish = (name = NAME, content: Parameters<typeof s.storage.put>[2] = WISH) =>
  s.storage.put(s.buckets.work, `replays/${name}`, content);
/** `ce-id` of all that was sent, in order. */
const sent = (): string[] => s.publisher.sent.map(({ message }) => message.attributes['ce-id'] ?? '');
const open = (): string[] => s.storage.names(s.buckets.work, 'replays/');
const ends = (): unknown[] =>
  s.storage.names(s.buckets.work, 'replayed/').map((name) => s.storage.json(s.buckets.work, name));
const alarms = () => s.log.lines.filter(({ event }) => event === 'reconcile.replay-failed');
const paths = (names: readonly string[]): string[] => names.map((name) => `${s.buckets.results}/${name}`);
const ticks = async (n: number): Promise<void> => {
  for (let done = 0; done < n; done++) await s.tick();
};

describe('what is sent', () => {
  test('threat 95: the stored bytes of each receipt of these days, under the same attributes, to topic receipts alone', async () => {
    put('2027-01-04', 1);
    const names = [...put('2027-01-05', 2), ...put('2027-01-07', 1)];
    put('2027-01-08', 1);
    wish();
    await s.tick();
    expect(s.publisher.sent.map(({ topic }) => topic)).toEqual(names.map(() => 'lab-receipts'));
    for (const [n, name] of names.entries()) {
      const stored = await s.storage.read(s.buckets.results, name);
      if (stored === undefined) throw new Error(name);
      const [event] = receiptEvents(parseFact('receipt', stored.bytes));
      if (event === undefined) throw new Error(name);
      const { attributes, data } = s.publisher.sent[n]?.message ?? {};
      expect(Buffer.from(data ?? [])).toEqual(Buffer.from(stored.bytes));
      // As finalize announced it, and one attribute more.
      expect(attributes).toEqual({ ...messageOf(event, stored.object).attributes, replayed: NAME });
    }
    expect(open()).toEqual([]);
    expect(ends()).toEqual([{ replay: NAME, ...WISH, sent: '3', unsent: '0', code: '', reason: '' }]);
  });

  test('what a real payment announced, once more and byte for byte', async () => {
    const id = await s.submit();
    s.chain().mine();
    await s.finalize(id);
    const [first] = s.announced('keyturn.receipt', id);
    if (first === undefined) throw new Error('no receipt');
    wish(NAME, { since: '2027-01-01', until: '2027-01-01' });
    // Whatever time it is when it is asked for.
    await s.tick(400 * 86_400_000);
    const [, again] = s.announced('keyturn.receipt', id);
    expect(again?.data).toEqual(first.data);
    expect(again?.attributes).toEqual({ ...first.attributes, replayed: NAME });
  });

  test('nothing, and an end, where there was nothing to send', async () => {
    wish();
    await s.tick();
    expect(sent()).toEqual([]);
    expect(ends()).toMatchObject([{ sent: '0', unsent: '0', code: '' }]);
    expect(alarms()).toEqual([]);
  });
});

describe('at most 100 a tick', () => {
  test('of one replay, in order, and it ends when the last is sent', async () => {
    const names = [...put('2027-01-05', 130), ...put('2027-01-06', 120)];
    wish();
    for (const [most, left] of [
      [100, 1],
      [200, 1],
      [250, 0],
    ] as const) {
      await s.tick();
      expect(sent()).toEqual(paths(names.slice(0, most)));
      expect(open()).toHaveLength(left);
    }
    await s.tick();
    expect(sent()).toHaveLength(250);
    expect(ends()).toMatchObject([{ sent: '250' }]);
  });

  test('threat 95: of all replays together, the oldest first', async () => {
    put('2027-01-05', 60);
    wish('b-first');
    s.clock.advance(1000);
    wish('a-second');
    await s.tick();
    expect(sent()).toHaveLength(100);
    const by = () => s.publisher.sent.map(({ message }) => message.attributes.replayed);
    expect(by()).toEqual([...Array(60).fill('b-first'), ...Array(40).fill('a-second')]);
    await s.tick();
    expect(by().slice(100)).toEqual(Array(20).fill('a-second'));
    expect(open()).toEqual([]);
  });

  test('whatever fails: a tick that cannot note how far it is begins no other replay with the same room', async () => {
    put('2027-01-05', 130);
    wish('a');
    wish('b');
    s.storage.fault = (call) => (call === 'patch' ? new KeyturnError('UNAVAILABLE', 'not now') : undefined);
    await s.tick();
    expect(sent()).toHaveLength(100);
  });
});

describe('whoever dies on the way', () => {
  const NAMES = 104;

  /** Lets the process die at the nth call that it makes: nothing that it does after that has any effect. How many calls it wanted to make. */
  const tickThatDies = async (at: number): Promise<number> => {
    let calls = 0;
    const dead = () => (++calls > at ? new KeyturnError('UNAVAILABLE', 'the process is dead') : undefined);
    s.storage.fault = dead;
    s.publisher.fault = dead;
    await s.tick().catch(() => undefined);
    s.storage.fault = () => undefined;
    s.publisher.fault = () => undefined;
    return calls;
  };

  /** A replay whose nth tick dies at that call: all is sent, and it ends once. */
  const survives = async (nth: number, at: number): Promise<void> => {
    s = stage();
    const names = receiptsOf(s)('2027-01-05', NAMES);
    wish();
    await ticks(nth - 1);
    await tickThatDies(at);
    await ticks(3);
    const where = `dead in tick ${nth} at call ${at}`;
    expect([...new Set(sent())].sort(), where).toEqual(paths(names));
    expect(open(), where).toEqual([]);
    expect(ends(), where).toMatchObject([{ sent: `${NAMES}`, unsent: '0', code: '' }]);
  };

  test('in a tick that sends as many as it may: nothing is passed over', async () => {
    put('2027-01-05', NAMES);
    wish();
    const all = await tickThatDies(Number.POSITIVE_INFINITY);
    expect(all).toBeGreaterThan(200);
    for (const at of [0, 1, 2, 3, 4, 5, 13, 60, 117, all - 2, all - 1, all]) await survives(1, at);
  });

  test('in the tick that ends it, at each call: nothing is passed over, and the end is written once', async () => {
    put('2027-01-05', NAMES);
    wish();
    await s.tick();
    const all = await tickThatDies(Number.POSITIVE_INFINITY);
    expect(open()).toEqual([]);
    for (let at = 0; at <= all; at++) await survives(2, at);
  });

  test('two ticks at once send some twice, and pass over none', async () => {
    const names = put('2027-01-05', NAMES);
    wish();
    await Promise.all([s.tick(), s.tick()]);
    await ticks(2);
    expect([...new Set(sent())]).toEqual(paths(names));
    expect(open()).toEqual([]);
    expect(ends()).toMatchObject([{ sent: `${NAMES}` }]);
  });

  test('a refused publication stops before it, and goes on there', async () => {
    const names = put('2027-01-05', 20);
    wish();
    let calls = 0;
    s.publisher.fault = () => (++calls === 12 ? new KeyturnError('UNAVAILABLE', 'not now') : undefined);
    await s.tick();
    expect(open()).toHaveLength(1);
    expect(s.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        event: 'reconcile.fault',
        fields: expect.objectContaining({ replay: NAME }),
      }),
    );
    await s.tick();
    expect([...new Set(sent())].sort()).toEqual(paths(names));
    expect(ends()).toMatchObject([{ sent: '20' }]);
  });

  test('whoever deletes the wish stops the replay', async () => {
    put('2027-01-05', 130);
    wish();
    await s.tick();
    s.storage.erase(s.buckets.work, `replays/${NAME}`);
    await ticks(2);
    expect(sent()).toHaveLength(100);
    expect(ends()).toEqual([]);
  });
});

describe('what is no replay', () => {
  test.each([
    ['no JSON', Buffer.from('since=2027-01-05'), 'not JSON'],
    ['a day that does not exist', { since: '2027-02-30', until: '2027-03-01' }, 'since must be a real day'],
    ['no last day', { since: '2027-01-05' }, 'until'],
    ['days in the wrong order', { since: '2027-01-06', until: '2027-01-05' }, 'lies after the last'],
    ['more than a year', { since: '2027-01-01', until: '2028-01-02' }, 'at most 366 days'],
    ['a field that nobody knows', { ...WISH, wallet: 'hot' }, 'wallet'],
    ['more than any wish', Buffer.alloc(600 * 1024, 0x20), 'bytes'],
  ])('threat 95: %s is refused with an alarm, once, and holds up no other', async (_, content, words) => {
    const [name = ''] = put('2027-01-05', 1);
    wish('a-bad', content);
    wish('b-good');
    await s.tick();
    expect(sent()).toEqual(paths([name]));
    expect(alarms()).toMatchObject([
      { level: 'alarm', fields: { replay: 'a-bad', code: expect.stringMatching(/^(MALFORMED|TOO_LARGE)$/) } },
    ]);
    expect(String(alarms()[0]?.fields.reason)).toContain(words);
    expect(open()).toEqual([]);
    expect(ends()).toContainEqual(expect.objectContaining({ replay: 'a-bad', since: '', until: '', sent: '0' }));
    await s.tick();
    expect(alarms()).toHaveLength(1);
  });

  test.each(['UPPER', 'a/b', 'ä', '-', 'x'.repeat(64)])(
    'an object replays/%s is deleted with an alarm',
    async (name) => {
      wish(name);
      wish('good');
      await s.tick();
      expect(alarms()).toMatchObject([{ fields: { replay: '', code: 'MALFORMED' } }]);
      expect(open()).toEqual([]);
      expect(ends()).toMatchObject([{ replay: 'good' }]);
    },
  );

  test('a leap year is a year; so is one day', async () => {
    wish('year', { since: '2028-01-01', until: '2028-12-31' });
    wish('day', { since: '2027-01-05', until: '2027-01-05' });
    await s.tick();
    expect(alarms()).toEqual([]);
    expect(ends()).toHaveLength(2);
  });

  test.each([
    ['no receipt', () => Buffer.from('{}')],
    [
      'the receipt of another name',
      (bytes: Uint8Array) => Buffer.from(`${Buffer.from(bytes)}`.replace('/05/', '/06/')),
    ],
    ['another spelling of the receipt', (bytes: Uint8Array) => Buffer.from(` ${Buffer.from(bytes)}`)],
  ])(
    'threat 95: %s under a receipt’s name is not passed on; the others are, and the end says so',
    async (_, forged) => {
      const [first = '', second = '', third = ''] = put('2027-01-05', 3);
      const stored = await s.storage.read(s.buckets.results, second);
      s.storage.put(s.buckets.results, second, forged(stored?.bytes ?? canonicalBytes({})));
      wish();
      await s.tick();
      expect(sent()).toEqual(paths([first, third]));
      expect(ends()).toMatchObject([{ sent: '2', unsent: '1', code: 'MALFORMED' }]);
      expect(alarms()).toMatchObject([{ fields: { replay: NAME, code: 'MALFORMED' } }]);
      expect(s.log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          event: 'reconcile.replay',
          fields: expect.objectContaining({ object: second }),
        }),
      );
    },
  );

  test('a receipt that the topic refuses for good holds up none', async () => {
    const [first = '', second = ''] = put('2027-01-05', 2);
    s.publisher.fault = (_, { attributes }) =>
      attributes['ce-id']?.endsWith(first) ? new KeyturnError('INVALID_ARGUMENT', 'the schema') : undefined;
    wish();
    await s.tick();
    expect(sent()).toEqual(paths([second]));
    expect(ends()).toMatchObject([{ sent: '1', unsent: '1' }]);
  });
});
