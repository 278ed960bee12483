import { afterEach, describe, expect, test } from 'vitest';
import type { Subscriber } from '#cli/app/session.ts';
import type { ConsoleEvent } from '#cli/console/api.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { openObject, outcomeObject, requestObject } from '#schemas/names.ts';
import { startConsole, type TestConsole, type TestConsoleOptions } from '#test/support/cli/console.ts';
import { type CliHarness, idOf, requestOf } from '#test/support/cli/people.ts';

const open: TestConsole[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});

const scene = async (options: TestConsoleOptions = {}, begin: (stage: CliHarness) => void = () => {}) => {
  const one = await startConsole(options, begin);
  open.push(one);
  await one.enter();
  return one;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass until it is told. */
const told = async (
  one: TestConsole,
  heard: Awaited<ReturnType<TestConsole['listen']>>,
  fits: (event: ConsoleEvent) => boolean,
) => {
  while (!heard.events.some(fits)) {
    one.clock.advance(1000);
    await turn();
  }
  return heard.until(fits);
};

const ONE = idOf(requestOf());
const second = requestOf({ reference: 'invoice-2' });
const TWO = idOf(second);
const isOf =
  (id: string, change: string) =>
  (event: ConsoleEvent): boolean =>
    event.kind === 'request' && event.id === id && event.change === change;

describe('the stream', () => {
  test('says what is new, what others answered, and what is over', async () => {
    const one = await scene({}, (stage) => void stage.accept(requestOf()));
    const heard = await one.listen();
    expect(await heard.until(({ kind }) => kind === 'hello')).toMatchObject({ via: 'polling' });
    await told(one, heard, isOf(ONE, 'new'));
    one.stage.accept(second);
    await told(one, heard, isOf(TWO, 'new'));
    one.stage.storage.put('lab-keys', `bob/shares/${ONE}`, new Uint8Array(9));
    await told(one, heard, isOf(ONE, 'changed'));
    one.stage.storage.delete('lab-work', openObject('treasury', TWO));
    one.stage.storage.put('lab-results', outcomeObject(TWO), {
      ...{ id: TWO, wallet: 'treasury', outcome: 'withdrawn', code: 'WITHDRAWN', reason: '' },
      ...{ transactionHash: '', blockNumber: '', receipt: '' },
    });
    expect(await told(one, heard, isOf(TWO, 'over'))).toMatchObject({ outcome: 'withdrawn' });
    expect(heard.events.filter(isOf(ONE, 'new'))).toHaveLength(1);
  });

  test('threat 105: what is stored under another id is said, and hides no other', async () => {
    const one = await scene({}, (stage) => {
      stage.accept(requestOf());
      const id = stage.accept(second);
      stage.storage.put('lab-results', requestObject(id), { id, walletAddress: '', lawHash: '', request: requestOf() });
    });
    const heard = await one.listen();
    await told(one, heard, isOf(ONE, 'new'));
    await told(one, heard, isOf(TWO, 'broken'));
    expect(await one.call('queue', { page: 0 })).toMatchObject({ total: 1, broken: [{ id: TWO }] });
  });

  test('a cloud that goes and comes back is said once each, and nothing is lost in between', async () => {
    const one = await scene({}, (stage) => void stage.accept(requestOf()));
    const heard = await one.listen();
    await told(one, heard, isOf(ONE, 'new'));
    one.stage.storage.fault = () => new KeyturnError('UNAVAILABLE', 'storage: no answer');
    expect(await told(one, heard, ({ kind }) => kind === 'cloud')).toMatchObject({
      state: 'down',
      code: 'UNAVAILABLE',
    });
    for (let i = 0; i < 30; i++) {
      one.clock.advance(1000);
      await turn();
    }
    const late = await one.listen();
    expect(await late.until(({ kind }) => kind === 'cloud')).toMatchObject({ state: 'down' });
    expect(await one.call('queue', { page: 0 })).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    one.stage.storage.fault = () => undefined;
    one.stage.accept(second);
    await told(one, heard, isOf(TWO, 'new'));
    const states = heard.events.flatMap((event) => (event.kind === 'cloud' ? [event.state] : []));
    await told(one, heard, (event) => event.kind === 'cloud' && event.state === 'back');
    expect(states.filter((state) => state === 'down')).toHaveLength(1);
    expect(await one.call('queue', { page: 0 })).toMatchObject({ status: 200, total: 2 });
  });

  test('an answer of mine is said at once', async () => {
    const one = await scene({}, (stage) => void stage.accept(requestOf()));
    const heard = await one.listen();
    await told(one, heard, isOf(ONE, 'new'));
    // The look that found it has ended: the process sleeps.
    await turn();
    const { rendering } = (await one.call('request', { id: ONE })) as { rendering: string };
    await one.call('reject', { id: ONE, rendering, coSigner: 'alice', reason: '' });
    // No time passes here.
    expect(await heard.until(isOf(ONE, 'changed'))).toMatchObject({ id: ONE });
  });

  test('looks more seldom while nothing changes, and not at all while nobody listens', async () => {
    const one = await scene({}, (stage) => void stage.accept(requestOf()));
    const lists = (): number => one.stage.storage.calls.filter((call) => call.startsWith('list lab-work/open')).length;
    for (let i = 0; i < 20; i++) {
      one.clock.advance(1000);
      await turn();
    }
    expect(lists()).toBe(0);
    const heard = await one.listen();
    await told(one, heard, isOf(ONE, 'new'));
    const before = lists();
    for (let i = 0; i < 600; i++) {
      one.clock.advance(1000);
      await turn();
      await turn();
    }
    const looks = lists() - before;
    // 10 minutes: at most one each second, and about one each 10 seconds in the end.
    expect(looks).toBeGreaterThan(20);
    expect(looks).toBeLessThan(90);
  });

  test('beats, and says goodbye when the process ends', async () => {
    const one = await startConsole();
    await one.enter();
    const heard = await one.listen();
    await told(one, heard, ({ kind }) => kind === 'beat');
    await one.end();
    await heard.closed;
    expect(heard.events.at(-1)).toMatchObject({ kind: 'bye' });
    await expect(one.call('wallets', {})).rejects.toThrow(/ECONNREFUSED|socket hang up|ECONNRESET/);
    expect(one.stage.left.at(-1)).toBe('nothing was changed by ending it');
  });

  test('of more than four, the oldest is cut off', async () => {
    const one = await scene();
    const first = await one.listen();
    for (let i = 0; i < 4; i++) await one.listen();
    await first.closed;
  });
});

describe('with a subscription', () => {
  const subscriberOf = () => {
    let hand: () => Promise<void> = async () => {};
    const asked: string[] = [];
    const subscriber: Subscriber = {
      follow: (name, handle, signal) => {
        asked.push(name);
        hand = () => handle({ data: new Uint8Array(), attributes: {} });
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      },
    };
    return { asked, event: () => hand(), ports: { subscriber: async () => subscriber } };
  };

  test('an event makes it look at once', async () => {
    const { asked, event, ports } = subscriberOf();
    const one = await scene({ subscription: 'events-alice', ports }, (stage) => void stage.accept(requestOf()));
    const heard = await one.listen();
    expect(await heard.until(({ kind }) => kind === 'hello')).toMatchObject({ via: 'events' });
    expect(asked).toEqual(['events-alice']);
    await told(one, heard, isOf(ONE, 'new'));
    await turn();
    one.stage.accept(second);
    await event();
    // No time passes here.
    await heard.until(isOf(TWO, 'new'));
  });

  test('one that may not be read is said, and the console looks by itself', async () => {
    const follow = () => Promise.reject(new KeyturnError('PERMISSION_DENIED', 'pubsub: no'));
    const ports = { subscriber: async () => ({ follow }) };
    const one = await scene({ subscription: 'events-bob', ports }, (stage) => void stage.accept(requestOf()));
    const heard = await one.listen();
    await told(one, heard, isOf(ONE, 'new'));
    expect(one.stage.stderr.text).toContain('--subscription events-bob: PERMISSION_DENIED');
  });
});

describe('the queue', () => {
  test('comes in pages, each row with who answered, its age, and what it waits for', async () => {
    const all = Array.from({ length: 130 }, (_, i) => requestOf({ reference: `invoice-${i}` }));
    const one = await scene({}, (stage) => {
      for (const each of all) stage.accept(each);
      stage.storage.put('lab-keys', `bob/shares/${idOf(all[0] ?? requestOf())}`, new Uint8Array(9));
    });
    const pages = [];
    for (const page of [0, 1, 2, 3]) pages.push(await one.call('queue', { page }));
    const rows = pages.map((page) => (page.ok ? page.rows : []));
    expect(rows.map((each) => each.length)).toEqual([60, 60, 10, 0]);
    expect(new Set(rows.flat().map(({ id }) => id))).toEqual(new Set(all.map(idOf)));
    const first = rows.flat().find(({ reference }) => reference === 'invoice-0');
    expect(first).toMatchObject({
      ...{
        wallet: 'treasury',
        chain: 'anvil',
        stage: 'accepted',
        approvals: 1,
        needed: 2,
        signed: false,
        mine: 'none',
      },
      ...{ acceptedAt: '2026-03-01T11:59:00Z', age: 60, left: 3600, requester: 'dapp' },
      waits: { code: 'NOT_ENOUGH_SHARES' },
    });
    expect(first?.votes.map(({ coSigner, answer }) => [coSigner, answer])).toEqual([
      ['alice', 'none'],
      ['bob', 'approved'],
      ['carol', 'none'],
    ]);
    expect(await one.call('queue', { page: 0, wallet: 'petty' })).toMatchObject({ total: 0, rows: [] });
    expect(await one.call('queue', { page: 0, size: 5 })).toMatchObject({ total: 130, rows: { length: 5 } });
  });
});
