import { describe, expect, test } from 'vitest';
import { type ListOptions, run } from '#cli/commands/list.ts';
import { run as show } from '#cli/commands/show.ts';
import { run as status } from '#cli/commands/status.ts';
import { run as why } from '#cli/commands/why.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { outcomeObject, refusalObject, requestObject } from '#schemas/names.ts';
import { type CliHarness, idOf, requestOf, stageOf } from '#test/support/cli/people.ts';

const DATA_HASH = 'd'.repeat(64);

const end = ({ storage }: CliHarness, id: string, outcome: OutcomeKind): void => {
  const code = outcome === 'expired' ? 'EXPIRED' : outcome === 'rejected' ? 'REJECTED' : '';
  const fact = { id, wallet: 'treasury', outcome, code, reason: '', transactionHash: '', blockNumber: '', receipt: '' };
  storage.put('lab-results', outcomeObject(id), fact);
};

const refuse = ({ storage, session }: CliHarness, over: object = {}): void => {
  const { lawHash } = session.deployment.config;
  storage.put('lab-results', refusalObject(DATA_HASH, lawHash), {
    dataHash: DATA_HASH,
    lawHash,
    code: 'REFERENCE_USED',
    field: 'reference',
    reason: 'was used',
    messageId: '1',
    reference: 'open-1',
    requester: 'dapp',
    wallet: 'treasury',
    existingId: 'f'.repeat(64),
    ...over,
  });
};

/** One of each: open, rejected, expired, refused. */
const full = (json = true) => {
  const stage = stageOf({ me: 'operator', json });
  const accept = (reference: string, requester = 'dapp') => stage.accept(requestOf({ reference, requester }));
  const ids = {
    open: accept('open-1'),
    rejected: accept('rejected-1', 'shop'),
    expired: accept('expired-1'),
  };
  end(stage, ids.rejected, 'rejected');
  end(stage, ids.expired, 'expired');
  refuse(stage);
  return { stage, ids };
};

const listed = async (options: ListOptions, { stage } = full()) => {
  stage.stdout.text = '';
  expect(await run(stage.session, options)).toBe(0);
  const { requests, refusals, broken, complete } = stage.json() as {
    readonly requests: readonly { readonly id: string; readonly outcome: unknown; readonly backing: unknown }[];
    readonly refusals: readonly { readonly code: string; readonly backing: unknown }[];
    readonly broken: readonly unknown[];
    readonly complete: boolean;
  };
  return { requests, refusals, broken, complete, ids: requests.map(({ id }) => id).sort() };
};

describe('keyturn list', () => {
  test('gives open, ended and refused ones, and what backs each end', async () => {
    const all = full();
    const { requests, refusals, complete, ids } = await listed({}, all);
    expect(ids).toEqual(Object.values(all.ids).sort());
    const rejected = requests.find(({ id }) => id === all.ids.rejected);
    // No register of this test holds a close of it.
    expect(rejected).toMatchObject({ outcome: { outcome: 'rejected' }, backing: { kind: 'unverified' } });
    expect(requests.find(({ id }) => id === all.ids.open)).toMatchObject({ outcome: null, backing: null });
    expect(refusals).toMatchObject([
      { code: 'REFERENCE_USED', existingId: 'f'.repeat(64), backing: { kind: 'unverified' } },
    ]);
    expect(complete).toBe(true);
  });

  test.each<[string, ListOptions, readonly (keyof ReturnType<typeof full>['ids'])[], number]>([
    ['by outcome', { outcome: 'rejected' }, ['rejected'], 0],
    ['open ones', { outcome: 'open' }, ['open'], 0],
    ['refused ones', { outcome: 'refused' }, [], 1],
    ['by requester', { requester: 'shop' }, ['rejected'], 0],
    ['by reference, with what was refused of it', { reference: 'open-1' }, ['open'], 1],
    ['by wallet', { wallet: 'petty' }, [], 0],
    ['by a day to come', { since: '2027-01-01' }, [], 0],
    ['by time', { since: '1h' }, ['open', 'rejected', 'expired'], 1],
    ['by a time that has passed since', { since: '30s' }, [], 0],
  ])('%s', async (_, options, expected, refused) => {
    const all = full();
    const { ids, refusals } = await listed(options, all);
    expect(ids).toEqual(expected.map((name) => all.ids[name]).sort());
    expect(refusals).toHaveLength(refused);
  });

  test('for people: one line each, the state in words', async () => {
    const { stage, ids } = full(false);
    expect(await run(stage.session, {})).toBe(0);
    expect(stage.stdout.text).toMatch(new RegExp(`${ids.rejected.slice(0, 8)}.*shop.*rejected REJECTED +unverified`));
    expect(stage.stdout.text).toMatch(/open-1 +refused REFERENCE_USED +unverified/);
  });

  test('at most --limit, and says that there are more', async () => {
    const { requests, refusals, complete } = await listed({ limit: '2' });
    expect([requests.length + refusals.length, complete]).toEqual([2, false]);
  });

  test('what is stored under an id that is not its own is told, and hides no other', async () => {
    const all = full();
    const fact = {
      id: 'a'.repeat(64),
      walletAddress: `0x${'1'.repeat(40)}`,
      lawHash: 'b'.repeat(64),
      request: requestOf(),
    };
    all.stage.storage.put('lab-results', requestObject('a'.repeat(64)), fact);
    all.stage.storage.put('lab-results', requestObject('c'.repeat(64)), { none: 1 });
    const { broken, ids } = await listed({}, all);
    expect(broken).toHaveLength(2);
    expect(ids).toHaveLength(3);
  });

  test.each([{ since: 'long' }, { limit: '0' }, { since: '2026-02-30' }])(
    '%j is a mistake of usage',
    async (options) => {
      await expect(run(full().stage.session, options)).rejects.toMatchObject({ code: 'USAGE' });
    },
  );

  test('no wallet of the law: a closed word, and no words of an outsider', async () => {
    const all = full(false);
    refuse(all.stage, { reference: '\u001b[2J' });
    expect(await run(all.stage.session, {})).toBe(0);
    expect(all.stage.stdout.text).not.toContain('\u001b');
  });
});

describe('by reference', () => {
  const commands = { show, status, why } as const;

  test.each(['show', 'status', 'why'] as const)('%s finds the one request', async (name) => {
    const { stage, ids } = full();
    const { session } = stage;
    if (name === 'why') await commands.why(session, undefined, 'open-1');
    else await commands[name](session, undefined, { reference: 'open-1' });
    expect(stage.json()).toMatchObject({ ok: true, id: ids.open });
  });

  test('none, and several, are told', async () => {
    const { stage } = full();
    await expect(status(stage.session, undefined, { reference: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      field: 'reference',
    });
    stage.accept(requestOf({ reference: 'open-1', value: '1' }));
    await expect(status(stage.session, undefined, { reference: 'open-1' })).rejects.toThrow(
      '2 requests have this reference. Give an id: ./keyturn list --reference open-1',
    );
  });

  test('an id beside it is a mistake', async () => {
    const { stage, ids } = full();
    await expect(why(stage.session, ids.open, 'open-1')).rejects.toMatchObject({ code: 'USAGE' });
  });
});

test('an id is found as other tools write it', async () => {
  const { stage } = full();
  const id = idOf(requestOf({ reference: 'open-1' }));
  for (const typed of [`0x${id}`, id.toUpperCase(), `0X${id.slice(0, 8).toUpperCase()}`]) {
    stage.stdout.text = '';
    await status(stage.session, typed);
    expect(stage.json()).toMatchObject({ id });
  }
});
