import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import type { Ports } from '#cli/app/session.ts';
import { run } from '#cli/commands/receipts.ts';
import { csvRow, monthsBack } from '#cli/operate/receipts.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { ReceiptFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { receiptWith } from '#test/support/receipt.ts';

const DAY = 86_400_000;
const idAt = (n: number): string => n.toString(16).padStart(64, '0');

const receiptAt = (n: number, time: number, over: Partial<ReceiptFact> = {}): ReceiptFact =>
  receiptWith({
    eventId: `lab-results/${receiptObject(idAt(n), time)}`,
    id: idAt(n),
    chainId: '31337',
    blockTime: timeText(time),
    from: WALLET_ADDRESS,
    to: BOB,
    nonce: String(n),
    reference: `invoice-${n}`,
    ...over,
  });
const bytesOf = (receipt: ReceiptFact) => canonicalBytes(JSON.parse(JSON.stringify(receipt)));

const scene = (times: readonly number[], options: CliHarnessOptions = {}): CliHarness => {
  const stage = stageOf({ me: 'finance', ...options });
  for (const [n, time] of times.entries())
    stage.storage.put('lab-results', receiptObject(idAt(n), time), bytesOf(receiptAt(n, time)));
  return stage;
};
const references = (stage: CliHarness): string[] =>
  [...stage.stdout.text.matchAll(/invoice-\d+/g)].map(([text]) => text);

describe('the list', () => {
  test('is newest first, across days and months, by the time of the block', async () => {
    const stage = scene([NOW - 2 * DAY, NOW, NOW - 3600_000, NOW - DAY]);
    expect(await run(stage.session, {})).toBe(0);
    expect(references(stage)).toEqual(['invoice-1', 'invoice-2', 'invoice-3', 'invoice-0']);
    expect(stage.stdout.text.split('\n')[1]?.trimEnd()).toBe(
      `2026-03-01T12:00:00Z  invoice-1  ${BOB}  0.5 ETH  0.000021 ETH  finalized  alice, bob   unverified`,
    );
  });

  test('keeps to its days, both included, and to its limit', async () => {
    const times = [NOW, NOW - DAY, NOW - 2 * DAY, NOW - 40 * DAY];
    const usual = scene(times);
    await run(usual.session, {});
    expect(references(usual)).toEqual(['invoice-0', 'invoice-1', 'invoice-2']);
    const some = scene(times);
    await run(some.session, { since: '2026-01-01', until: '2026-02-28' });
    expect(references(some)).toEqual(['invoice-1', 'invoice-2', 'invoice-3']);
    const few = scene(times);
    await run(few.session, { limit: '2' });
    expect(references(few)).toEqual(['invoice-0', 'invoice-1']);
    expect(few.stdout.text).toContain('The first 2; --limit shows more.');
  });

  test('says that there is nothing', async () => {
    const stage = scene([]);
    await run(stage.session, {});
    expect(stage.stdout.text).toBe('No receipts in these days.\n');
  });

  test.each([
    [{ since: '2026-02-30' }, 'USAGE'],
    [{ since: '2026-03-02' }, 'USAGE'],
    [{ limit: '0' }, 'USAGE'],
    [{ follow: true, since: '2026-01-01' }, 'USAGE'],
  ])('%j is refused', async (options, code) => {
    await expect(run(scene([]).session, options)).rejects.toMatchObject({ code });
  });

  test('--csv and --json exclude each other', async () => {
    await expect(run(scene([], { json: true }).session, { csv: true })).rejects.toMatchObject({
      code: 'USAGE',
      field: 'csv',
    });
  });

  test('months are walked backwards without a gap', () => {
    expect(monthsBack(Date.UTC(2025, 10, 30), Date.UTC(2026, 1, 1))).toEqual([
      '2026/02',
      '2026/01',
      '2025/12',
      '2025/11',
    ]);
  });
});

describe('csv', () => {
  test('quotes what must be quoted and defuses formulas', () => {
    const row = csvRow({
      receipt: receiptAt(0, NOW, { memo: '=HYPERLINK("http://x","y")', reference: '@sum' }),
      backing: { kind: 'unverified', because: 'no seal' },
    });
    expect(row).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(row).toContain(",'@sum,");
    expect(row).toContain(',alice bob,');
    expect(row.endsWith('\n')).toBe(true);
  });

  test('has a header and every field', async () => {
    const stage = scene([NOW]);
    await run(stage.session, { csv: true });
    const [header = '', row = '', end] = stage.stdout.text.split('\n');
    const { fields } = JSON.parse(readFileSync(new URL('../../../../schemas/receipts.avsc', import.meta.url), 'utf8'));
    expect(header.split(',')).toEqual([
      ...fields.map(({ name }: { name: string }) => name),
      ...['backing', 'backingBecause'],
    ]);
    // A cell is quoted text, in which a quote stands twice, or has neither quote nor comma.
    const cells = row.match(/(?<=^|,)("([^"]|"")*"|[^",]*)(?=,|$)/g) ?? [];
    expect(cells).toHaveLength(fields.length + 2);
    expect(cells.at(-2)).toBe('unverified');
    const { approvals } = receiptAt(0, NOW);
    expect(cells[header.split(',').indexOf('approvals')]).toBe(`"${canonicalize(approvals)?.replaceAll('"', '""')}"`);
    expect(cells.filter((one) => one === '[]')).toHaveLength(4);
    expect(end).toBe('');
  });
});

describe('following', () => {
  const following = (messages: readonly Uint8Array[], options: CliHarnessOptions = {}) => {
    const acked: number[] = [];
    const followed: string[] = [];
    const stage: CliHarness = scene([], {
      ...options,
      ports: {
        subscriber: async () => ({
          follow: async (subscription, handle) => {
            followed.push(subscription);
            for (const [n, data] of messages.entries()) {
              await handle({ data, attributes: {} });
              expect(stage.stdout.text).not.toBe('');
              acked.push(n);
            }
          },
        }),
      },
    });
    return { stage, acked, followed };
  };

  test('prints each event once, whatever is delivered, and acknowledges after', async () => {
    const [first, second] = [bytesOf(receiptAt(0, NOW)), bytesOf(receiptAt(1, NOW))];
    const { stage, acked, followed } = following([first, first, second], { json: true });
    expect(await run(stage.session, { follow: true })).toBe(0);
    expect(followed).toEqual(['lab-receipts-finance']);
    expect(
      stage.stdout.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).reference),
    ).toEqual(['invoice-0', 'invoice-1']);
    expect(acked).toEqual([0, 1, 2]);
  });

  test('what is no receipt is not acknowledged', async () => {
    const { stage, acked } = following([bytesOf(receiptAt(0, NOW)), new TextEncoder().encode('{}')]);
    await expect(run(stage.session, { follow: true, subscription: 'mine' })).rejects.toMatchObject({
      code: 'MALFORMED',
      message: expect.stringContaining('left unacknowledged'),
    });
    expect(acked).toEqual([0]);
  });

  test('what could not be written is not acknowledged', async () => {
    const { stage, acked } = following([bytesOf(receiptAt(0, NOW))], { json: true });
    stage.stdout.write = (_, done?: (error?: Error) => void) => {
      done?.(new Error('EPIPE'));
      return false;
    };
    await expect(run(stage.session, { follow: true })).rejects.toThrow('EPIPE');
    expect(acked).toEqual([]);
  });

  test.each(['PERMISSION_DENIED', 'NOT_FOUND'] as const)('%s names the subscription that was typed', async (code) => {
    const subscriber: Ports['subscriber'] = async () => ({
      follow: () => Promise.reject(new KeyturnError(code, 'pubsub: StreamingPull mine')),
    });
    const { session } = scene([], { ports: { subscriber } });
    await expect(run(session, { follow: true, subscription: 'mine' })).rejects.toMatchObject({
      code,
      field: 'subscription',
      message: '--subscription: mine is not there, or you may not read it',
    });
  });

  test('Ctrl-C ends it', async () => {
    const { stage } = following([]);
    stage.interrupt.abort();
    await expect(run(stage.session, { follow: true })).rejects.toMatchObject({ name: 'Interrupted' });
    expect(stage.left).toEqual(['every receipt that was printed is acknowledged']);
  });
});
