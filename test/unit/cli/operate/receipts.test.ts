import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import type { Ports } from '#cli/app/session.ts';
import { run } from '#cli/commands/receipts.ts';
import { resultProblems } from '#cli/json/results.ts';
import { csvCell } from '#cli/operate/csv-cell.ts';
import { csvRow } from '#cli/operate/receipt-csv.ts';
import { totalsOf } from '#cli/operate/receipt-totals.ts';
import { checkedBy, monthsBack } from '#cli/operate/receipts.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseLaw } from '#schemas/config.ts';
import type { ReceiptFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  lawJson,
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
    [{ follow: true, month: '2026-01' }, 'USAGE'],
    [{ day: '2026-01-01', month: '2026-01' }, 'USAGE'],
    [{ month: '2026-01', until: '2026-01-03' }, 'USAGE'],
    [{ month: '2026-13' }, 'USAGE'],
    [{ month: '2026-1' }, 'USAGE'],
    [{ asset: '0x12' }, 'USAGE'],
    [{ subscription: 'mine' }, 'USAGE'],
    [{ bom: true }, 'USAGE'],
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

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const coin = { standard: 'erc20', address: USDC, tokenId: '', symbol: 'USDC', decimals: '6' } as const;
const moves = (from: string, to: string, amount: string) => ({ ...coin, from, to, amount, logIndex: '0' });
const native = { standard: 'native', address: '', tokenId: '', symbol: '', decimals: '' } as const;

describe('narrowed', () => {
  const stageWith = (receipts: readonly ReceiptFact[]): CliHarness => {
    const stage = scene([]);
    for (const receipt of receipts) stage.storage.put('lab-results', receipt.eventId.slice(12), bytesOf(receipt));
    return stage;
  };
  const RECEIPTS = [
    receiptAt(0, NOW, { wallet: 'payroll' }),
    receiptAt(1, NOW, { requester: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }),
    receiptAt(2, NOW - DAY, { transfersListed: 'all', transfers: [moves(WALLET_ADDRESS, BOB, '12500000')] }),
    receiptAt(3, NOW - DAY, {
      valueWei: '0',
      assets: [{ ...coin, chainId: '31337', leaves: '5', allows: '0' }],
    }),
    receiptAt(4, NOW - 40 * DAY, {
      ...{ valueWei: '0', transfersListed: 'all' },
      transfers: [{ ...native, from: BOB, to: WALLET_ADDRESS, amount: '7', logIndex: '1' }],
    }),
  ];
  test.each([
    [{ wallet: 'payroll' }, ['invoice-0']],
    [{ reference: 'invoice-3' }, ['invoice-3']],
    [{ requester: '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed' }, ['invoice-1']],
    [{ asset: 'USDC' }, ['invoice-2', 'invoice-3']],
    [{ asset: USDC.toLowerCase() }, ['invoice-2', 'invoice-3']],
    [{ asset: 'usdc' }, []],
    [{ asset: 'ETH' }, ['invoice-0', 'invoice-1']],
    [{ asset: 'ETH', month: '2026-01' }, ['invoice-4']],
    [{ day: '2026-02-28' }, ['invoice-2', 'invoice-3']],
  ])('by %j', async (options, wanted) => {
    const stage = stageWith(RECEIPTS);
    await run(stage.session, options);
    expect(references(stage)).toEqual(wanted);
  });

  test('an object that is no receipt is named, and hides none', async () => {
    const stage = stageWith(RECEIPTS.slice(0, 1));
    const name = receiptObject(idAt(9), NOW);
    stage.storage.put('lab-results', name, new TextEncoder().encode('{"version":"2","memo":{"a":1}}'));
    expect(await run(stage.session, {})).toBe(0);
    expect(references(stage)).toEqual(['invoice-0']);
    expect(stage.stdout.text).toContain(`! ${name}: no receipt, and not shown`);
  });
});

test('a link to the explorer comes from the law of who reads', async () => {
  const { chains } = lawJson();
  const law = {
    chains: (chains as Record<string, unknown>[]).map((one) => ({ ...one, explorer: 'https://scan.example/a' })),
  };
  const stage = scene([NOW], { law, json: true });
  await run(stage.session, {});
  expect(JSON.parse(stage.stdout.text).receipts).toMatchObject([
    { explorer: `https://scan.example/a/tx/${receiptAt(0, NOW).transactionHash}` },
  ]);
  const without = scene([NOW], { json: true });
  await run(without.session, {});
  expect(JSON.parse(without.stdout.text).receipts).toMatchObject([{ explorer: '' }]);
});

test('the names of addresses come from the law of who reads, beside each address', async () => {
  const { chains } = lawJson();
  const names = [{ address: BOB, name: 'Bolt Ltd' }];
  const law = { chains: (chains as Record<string, unknown>[]).map((one) => ({ ...one, names })) };
  const stage = scene([NOW], { law });
  await run(stage.session, {});
  expect(stage.stdout.text).toContain(`${BOB} (“Bolt Ltd”)`);
  const json = scene([NOW], { law, json: true });
  await run(json.session, {});
  expect(JSON.parse(json.stdout.text).receipts).toMatchObject([
    { to: BOB, names: [{ address: BOB, name: '“Bolt Ltd”' }] },
  ]);
  const csv = scene([NOW], { law });
  await run(csv.session, { csv: true });
  expect(csv.stdout.text.trimEnd().endsWith(`,${BOB} “Bolt Ltd”`)).toBe(true);
});

test('who got a token is named too, and so is another wallet of the law', async () => {
  const { chains } = lawJson();
  const law = parseLaw(
    lawJson({ chains: (chains as object[]).map((one) => ({ ...one, names: [{ address: USDC, name: 'Circle' }] })) }),
  ).law;
  const transfers = [moves(BOB, WALLET_ADDRESS, '1')];
  const receipt = receiptAt(0, NOW, { transfersListed: 'all', transfers, from: BOB });
  const backing = { kind: 'chain' } as const;
  expect((await checkedBy(law, { receipt: async () => backing }, receipt)).names).toEqual([
    { address: USDC, name: '“Circle”' },
    { address: WALLET_ADDRESS, name: 'own wallet treasury' },
  ]);
});

describe('totals', () => {
  const backed = (receipt: ReceiptFact) => ({ receipt, backing: { kind: 'chain' } as const, explorer: '', names: [] });
  test('are per asset and chain, exact, with the fees of what was reverted too', () => {
    const big = 2n ** 255n + 1n;
    const { assets, fees, unverified, unlisted } = totalsOf([
      backed(
        receiptAt(0, NOW, {
          transfersListed: 'all',
          transfers: [moves(WALLET_ADDRESS, BOB, `${big}`), moves(BOB, WALLET_ADDRESS, '5')],
        }),
      ),
      backed(receiptAt(1, NOW, { transfersListed: 'all', transfers: [moves(WALLET_ADDRESS, BOB, `${big}`)] })),
      backed(receiptAt(2, NOW, { transfersListed: 'all', transfers: [moves(WALLET_ADDRESS, WALLET_ADDRESS, '9')] })),
      backed(receiptAt(3, NOW, { status: 'reverted', transfersListed: 'all' })),
      backed(receiptAt(4, NOW, { chainId: '10' })),
      {
        receipt: receiptAt(5, NOW, { transfersListed: 'all', transfers: [moves(WALLET_ADDRESS, BOB, '1')] }),
        backing: { kind: 'unverified', because: 'no seal' },
        explorer: '',
        names: [],
      },
    ]);
    expect(assets.map(({ chainId, symbol, left, came }) => [chainId, symbol, left, came])).toEqual([
      ['31337', 'USDC', 2n * big, 5n],
    ]);
    expect(fees).toEqual(
      new Map([
        ['31337', 84_000_000_000_000n],
        ['10', 21_000_000_000_000n],
      ]),
    );
    expect([unverified, unlisted]).toEqual([1, 1]);
  });

  test('stand below the list and in the JSON, and what is only a function’s word is in none', async () => {
    const stage = scene([NOW]);
    await run(stage.session, {});
    expect(stage.stdout.text).toContain('In no sum: 1 that nothing but a function’s word stands behind');
    const json = scene([NOW], { json: true });
    await run(json.session, {});
    expect(JSON.parse(json.stdout.text)).toMatchObject({
      unreadable: [],
      totals: { assets: [], fees: [], unverified: 1, unlisted: 0 },
    });
  });
});

describe('csv', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['ok;=1+1', '"ok;\'=1+1"'],
    ['ok\t@sum', '"ok\t\'@sum"'],
    ['ok| -cmd', "ok| '-cmd"],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['  +1', "  '+1"],
    ['-12.5', '-12.5'],
    ['-12.5 USDC', "'-12.5 USDC"],
    ['a\u0000b\u202ec', 'a\\u0000b\\u202ec'],
    ['a "b"', '"a ""b"""'],
    ['1-2', '1-2'],
  ])('the cell %j is safe in every spreadsheet', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test('tells what moved in decimals, and ether beside wei', () => {
    const receipt = receiptAt(0, NOW, {
      valueWei: '1',
      transfersListed: 'all',
      transfers: [
        moves(WALLET_ADDRESS, BOB, '12500000'),
        moves(BOB, WALLET_ADDRESS, '1'),
        { ...coin, symbol: '', decimals: '', from: WALLET_ADDRESS, to: BOB, amount: '7', logIndex: '2' },
        { ...native, from: BOB, to: WALLET_ADDRESS, amount: '1', logIndex: '3' },
      ],
    });
    expect(csvRow({ receipt, backing: { kind: 'chain' }, explorer: 'https://scan.example/tx/0x1', names: [] })).toMatch(
      new RegExp(
        `,0\\.000000000000000001,0\\.000021,left 12\\.5 USDC / came 0\\.000001 USDC / left 7 units of ${USDC} / came 0\\.000000000000000001 ETH,https://scan.example/tx/0x1,chain,,\\n$`,
      ),
    );
  });

  test('begins with a byte order mark where one is asked for', async () => {
    const stage = scene([NOW]);
    await run(stage.session, { csv: true, bom: true });
    expect(stage.stdout.text.startsWith('\ufeffversion,')).toBe(true);
  });

  test('quotes what must be quoted and defuses formulas', () => {
    const row = csvRow({
      receipt: receiptAt(0, NOW, { memo: '=HYPERLINK("http://x","y")', reference: '@sum' }),
      backing: { kind: 'unverified', because: 'no seal' },
      explorer: '',
      names: [],
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
      ...['value', 'fee', 'moved', 'explorer', 'backing', 'backingBecause', 'names'],
    ]);
    // A cell is quoted text, in which a quote stands twice, or has neither quote nor comma.
    const cells = row.match(/(?<=^|,)("([^"]|"")*"|[^",]*)(?=,|$)/g) ?? [];
    expect(cells).toHaveLength(fields.length + 7);
    expect(cells.slice(fields.length, fields.length + 3)).toEqual(['0.5', '0.000021', '']);
    expect(cells.at(-3)).toBe('unverified');
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
    expect(await run(stage.session, { follow: true, subscription: 'mine' })).toBe(0);
    expect(followed).toEqual(['mine']);
    expect(
      stage.stdout.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).reference),
    ).toEqual(['invoice-0', 'invoice-1']);
    expect(acked).toEqual([0, 1, 2]);
  });

  test('an event keeps the spelling of its time, and one that was sent again says so', async () => {
    const times = ['2026-11-22T00:00:00.123456789Z', '2026-11-22T01:00:00+01:00', '2026-11-22t00:00:00z'];
    const heard = (json: boolean) => {
      const messages = times.map((time, n) => ({
        data: bytesOf(receiptAt(n, NOW)),
        attributes: { 'ce-time': time, ...(n === 1 ? { replayed: 'january' } : {}) },
      }));
      const subscriber: Ports['subscriber'] = async () => ({
        follow: async (_, handle) => {
          for (const message of messages) await handle(message);
        },
      });
      return scene([], { json, ports: { subscriber } });
    };
    const [forPrograms, forPeople] = [heard(true), heard(false)];
    for (const { session } of [forPrograms, forPeople])
      expect(await run(session, { follow: true, subscription: 'mine' })).toBe(0);
    const lines = forPrograms.stdout.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(
      times.map((time, n) => ({ time, signed: 'absent', replayed: n === 1 ? 'january' : '' })),
    );
    for (const line of lines) expect(resultProblems('receipts', JSON.parse(line))).toEqual([]);
    const shown = forPeople.stdout.text.trimEnd().split('\n').slice(1);
    expect(shown.map((line) => line.includes('replayed (january)'))).toEqual([false, true, false]);
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
    await expect(run(stage.session, { follow: true, subscription: 'mine' })).rejects.toThrow('EPIPE');
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
    await expect(run(stage.session, { follow: true, subscription: 'mine' })).rejects.toMatchObject({
      name: 'Interrupted',
    });
    expect(stage.left).toEqual(['every receipt that was printed is acknowledged']);
  });

  test('without a subscription it looks at the bucket, prints what is new, and takes no event', async () => {
    const { stage, followed } = following([], { json: true });
    const put = (n: number) =>
      stage.storage.put('lab-results', receiptObject(idAt(n), NOW), bytesOf(receiptAt(n, NOW)));
    put(0);
    const { sleep } = stage.session.clock;
    let looks = 0;
    stage.session.clock.sleep = async (...given) => {
      looks += 1;
      if (looks === 1) put(1);
      if (looks === 3) stage.interrupt.abort();
      return sleep.apply(stage.session.clock, given);
    };
    await expect(run(stage.session, { follow: true })).rejects.toMatchObject({ name: 'Interrupted' });
    expect(
      stage.stdout.text
        .trimEnd()
        .split('\n')
        .map((line) => [JSON.parse(line).reference, JSON.parse(line).event]),
    ).toEqual([['invoice-1', null]]);
    expect(followed).toEqual([]);
    expect(stage.left).toEqual(['no event was taken from anybody']);
  });
});
