import { describe, expect, test } from 'vitest';
import { run } from '#cli/commands/replay.ts';
import { replayReceipts } from '#functions/reconcile/replay.ts';
import { REPLAY_FOLDER } from '#schemas/names.ts';
import { type CliHarness, type CliHarnessOptions, stageOf } from '#test/support/cli/people.ts';
import { MemoryLog, MemoryPublisher } from '#test/support/ports.ts';
import { receiptsOf } from '#test/support/replays.ts';

const UUID = '00000000';

const scene = (counts: Readonly<Record<string, number>>, options: CliHarnessOptions = {}): CliHarness => {
  const stage = stageOf({ me: 'operator', ...options });
  const put = receiptsOf({ storage: stage.storage, buckets: stage.session.deployment.buckets });
  for (const [day, count] of Object.entries(counts)) put(day, count);
  return stage;
};

/** Reconcile, at each look of whoever waits. `n` counts the ticks from 1. */
const ticking = (stage: CliHarness, before: (n: number) => void = () => {}): MemoryPublisher => {
  const publisher = new MemoryPublisher();
  const { buckets, config } = stage.session.deployment;
  const { storage } = stage;
  let n = 0;
  const sleep = async (): Promise<void> => {
    before(++n);
    await replayReceipts({ storage, buckets, publisher, law: config.law, log: new MemoryLog() });
  };
  Object.assign(stage.session.clock, { sleep });
  return publisher;
};
const wishes = (stage: CliHarness): string[] => stage.storage.names('lab-work', REPLAY_FOLDER);

describe('a replay is started', () => {
  test('by an object that says the days, and nothing waits for it', async () => {
    const stage = scene({ '2026-01-05': 3, '2026-02-01': 1 });
    expect(await run(stage.session, { month: '2026-01' })).toBe(0);
    const name = `2026-01-01-2026-01-31-${UUID}`;
    expect(wishes(stage)).toEqual([`replays/${name}`]);
    expect(stage.storage.json('lab-work', `replays/${name}`)).toEqual({ since: '2026-01-01', until: '2026-01-31' });
    expect(stage.stdout.text).toBe(
      `started ${name}\n3 receipts of 2026-01-01 to 2026-01-31 are sent again within about 1 min.\nTo see how far it is: ./keyturn replay\n`,
    );
    expect(stage.left).toEqual(['what was asked for is sent all the same: ./keyturn replay']);
  });

  test('until today where no last day is given', async () => {
    const stage = scene({ '2026-02-28': 250, '2026-03-01': 1 }, { json: true });
    expect(await run(stage.session, { since: '2026-02-28' })).toBe(0);
    expect(stage.json()).toMatchObject({
      ...{ ok: true, since: '2026-02-28', until: '2026-03-01', receipts: 251 },
      ...{ state: 'open', sent: 0, unsent: 0, reason: '' },
    });
  });

  test.each([
    [{ until: '2026-01-01' }, 'until'],
    [{ wait: true }, 'wait'],
    [{ since: '2026-01-02', until: '2026-01-01' }, 'since'],
    [{ since: '2024-01-01', until: '2025-01-01' }, 'since'],
    [{ since: '2026-02-30' }, '--since'],
    [{ day: '2026-01-01', since: '2026-01-01' }, 'day'],
    [{ month: '2026-1' }, '--month'],
  ])('%j is no replay: a usage mistake, and nothing is written', async (options, field) => {
    const stage = scene({});
    await expect(run(stage.session, options)).rejects.toMatchObject({ code: 'USAGE', field });
    expect(stage.storage.paths).toEqual([]);
  });

  test('an interrupt before it writes nothing', async () => {
    const stage = scene({ '2026-01-05': 1 });
    stage.interrupt.abort();
    await expect(run(stage.session, { day: '2026-01-05' })).rejects.toThrow('interrupted');
    expect(wishes(stage)).toEqual([]);
  });
});

describe('--wait', () => {
  test('tells how far it is, and ends with it', async () => {
    const stage = scene({ '2026-01-05': 230 });
    const publisher = ticking(stage);
    expect(await run(stage.session, { day: '2026-01-05', wait: true })).toBe(0);
    expect(stage.stdout.text).toBe(
      `started 2026-01-05-2026-01-05-${UUID}\n100 of 230 sent\n200 of 230 sent\nover: 230 receipts of 2026-01-05 were sent again\n`,
    );
    expect(publisher.sent).toHaveLength(230);
    expect(wishes(stage)).toEqual([]);
  });

  test('fails where some could not be sent', async () => {
    const stage = scene({ '2026-01-05': 2 }, { json: true });
    stage.storage.put('lab-results', 'receipts/2026/01/05/x', Buffer.from('junk'));
    ticking(stage);
    expect(await run(stage.session, { day: '2026-01-05', wait: true })).toBe(1);
    expect(stage.json()).toMatchObject({ ok: false, code: 'MALFORMED', state: 'ended', sent: 2, unsent: 1 });
  });

  test('fails where somebody takes the wish away', async () => {
    const stage = scene({ '2026-01-05': 150 }, { json: true });
    ticking(stage, (n) => {
      if (n === 2) stage.storage.erase('lab-work', ...wishes(stage));
    });
    expect(await run(stage.session, { day: '2026-01-05', wait: true })).toBe(1);
    expect(stage.json()).toMatchObject({ ok: false, code: 'NOT_FOUND', state: 'stopped' });
  });

  test('ends at Ctrl-C, and the replay goes on', async () => {
    const stage = scene({ '2026-01-05': 150 });
    ticking(stage, () => stage.interrupt.abort());
    await expect(run(stage.session, { day: '2026-01-05', wait: true })).rejects.toThrow('interrupted');
    expect(wishes(stage)).toHaveLength(1);
  });
});

describe('without days', () => {
  test('there is nothing to tell', async () => {
    const stage = scene({});
    expect(await run(stage.session, {})).toBe(0);
    expect(stage.stdout.text).toBe('No replays.\n');
  });

  test('how far each is, and how the last ones ended', async () => {
    const said: string[] = [];
    for (const json of [false, true]) {
      const stage = scene({ '2026-01-05': 120 }, { json });
      ticking(stage);
      const { storage } = stage;
      storage.put('lab-work', 'replays/refused', Buffer.from('junk'));
      storage.put('lab-work', 'replays/slow', { since: '2026-01-01', until: '2026-01-31' });
      await stage.session.clock.sleep(0);
      // Written by hand, and not seen by reconcile yet.
      storage.put('lab-work', 'replays/late', Buffer.from('junk'));
      storage.put('lab-work', 'replayed/junk/1', Buffer.from('junk'));
      expect(await run(stage.session, {})).toBe(0);
      said.push(stage.stdout.text);
    }
    const [text = '', json = ''] = said;
    expect(text.split('\n')).toEqual([
      'open  late: 0 of 0 receipts of no readable days are sent',
      'open  slow: 100 of 120 receipts of 2026-01-01 to 2026-01-31 are sent',
      expect.stringMatching(
        /^ended refused: 0 receipts of no readable days, \S+Z; MALFORMED: the stored replay is not JSON$/,
      ),
      '',
    ]);
    expect(JSON.parse(json)).toMatchObject({
      ok: true,
      open: [
        { replay: 'late', since: '' },
        { replay: 'slow', sent: 100, unsent: 0, receipts: 120 },
      ],
      ended: [{ replay: 'refused', sent: 0, code: 'MALFORMED' }],
    });
  });
});
