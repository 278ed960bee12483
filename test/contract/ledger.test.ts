import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { totalsOf } from '#cli/operate/receipt-totals.ts';
import type { Message } from '#core/ports.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { messageOf, receiptEvents, replayedEvents } from '#schemas/events.ts';
import { parseFact, type ReceiptFact } from '#schemas/facts.ts';
import { receiptObject } from '#schemas/names.ts';
import { BIGQUERY, DUCKDB, LEDGER_AMOUNTS, LEDGER_COLUMNS, ledgerSql } from '#test/support/ledger.ts';
import { optional } from '#test/support/optional.ts';
import { ADDRESS, receiptWith } from '#test/support/receipt.ts';

/**
 * The view of finance, from the template of terraform/modules/finance, on a real database. BigQuery is not to be had on a machine; DuckDB reads
 * the same words. Amounts stay texts in it: it reads what passes 64 bits as DOUBLE where it guesses a type, and sums UHUGEINT so. Sums are made
 * by our own code, in bigint.
 */
interface Connection {
  run(sql: string, values?: readonly string[]): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Record<string, unknown>[] }>;
  closeSync(): void;
}
interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Record<string, string>,
    ): Promise<{ connect(): Promise<Connection>; closeSync(): void }>;
  };
}
const duckdb = (await optional('@duckdb/node-api')) as DuckDb | undefined;

const TABLE = 'project.lab_finance.receipts';
const MAX = (2n ** 256n - 1n).toString();

describe('the two dialects', () => {
  it('differ in quotes and in the name of a cast, and in nothing else', () => {
    const [big, duck] = [ledgerSql(BIGQUERY, TABLE), ledgerSql(DUCKDB, TABLE)];
    expect(duck).not.toBe(big);
    expect(big).not.toContain('"');
    expect(duck).not.toContain('`');
    expect(duck.replaceAll('"', '`').replaceAll('TRY_CAST', 'SAFE_CAST')).toBe(big);
  });
});

describe.skipIf(duckdb === undefined)('the ledger on DuckDB', () => {
  let instance: Awaited<ReturnType<DuckDb['DuckDBInstance']['create']>>;
  let connection: Connection;

  const typeOf = ({ isList, parts }: (typeof LEDGER_COLUMNS)[number]): string => {
    const one = parts === undefined ? 'VARCHAR' : `STRUCT(${parts.map((part) => `"${part}" VARCHAR`).join(', ')})`;
    return isList ? `${one}[]` : one;
  };
  /** As from_json wants it. */
  const shapeOf = ({ isList, parts }: (typeof LEDGER_COLUMNS)[number]): unknown => {
    const one = parts === undefined ? 'VARCHAR' : Object.fromEntries(parts.map((part) => [part, 'VARCHAR']));
    return isList ? [one] : one;
  };
  const SHAPE = JSON.stringify(Object.fromEntries(LEDGER_COLUMNS.map((column) => [column.name, shapeOf(column)])));

  beforeAll(async () => {
    if (duckdb === undefined) return;
    // Whatever it lacks it must not fetch.
    instance = await duckdb.DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    connection = await instance.connect();
    // The one type of GoogleSQL in the view. Amounts stay what they are.
    await connection.run('CREATE TYPE BIGNUMERIC AS VARCHAR');
    const columns = LEDGER_COLUMNS.map((column) => `"${column.name}" ${typeOf(column)}`);
    const metadata = [
      '"subscription_name" VARCHAR',
      '"message_id" VARCHAR',
      '"publish_time" TIMESTAMPTZ',
      '"attributes" JSON',
    ];
    await connection.run(`CREATE TABLE "${TABLE}" (${[...columns, ...metadata].join(', ')})`);
    await connection.run(`CREATE VIEW ledger AS ${ledgerSql(DUCKDB, TABLE)}`);
  }, 30_000);
  afterAll(() => {
    connection?.closeSync();
    instance?.closeSync();
  });
  beforeEach(() => connection.run(`DELETE FROM "${TABLE}"`));

  let next = 1;
  /** One delivery, as Pub/Sub writes it with use_topic_schema and write_metadata. `at`: seconds. */
  const deliver = async ({ data, attributes }: Message, at: number): Promise<void> => {
    await connection.run(
      `INSERT INTO "${TABLE}" SELECT UNNEST(from_json($1, '${SHAPE}')), $2, $3, to_timestamp($4::BIGINT), $5`,
      [Buffer.from(data).toString(), 'receipts-ledger', `${next++}`, `${at}`, JSON.stringify(attributes)],
    );
  };
  const receiptAt = (n: number, over: Partial<ReceiptFact> = {}): ReceiptFact => {
    const id = n.toString(16).padStart(64, '0');
    const eventId = `lab-results/${receiptObject(id, Date.UTC(2027, 0, 1 + n))}`;
    return receiptWith({ id, eventId, reference: `invoice-${n}`, ...over });
  };
  const committed = ({ eventId }: ReceiptFact) => {
    const [bucket = '', ...name] = eventId.split('/');
    return { bucket, name: name.join('/'), timeCreated: Date.UTC(2027, 0, 1) };
  };
  const first = (receipt: ReceiptFact): Message => {
    const [event] = receiptEvents(receipt);
    if (event === undefined) throw new Error('no event');
    return messageOf(event, committed(receipt));
  };
  const again = (receipt: ReceiptFact): Message => {
    const [event] = replayedEvents(receipt, 'january');
    if (event === undefined) throw new Error('no event');
    return messageOf(event, committed(receipt));
  };

  /** A row as the receipt that it was, and when it came first. It throws where that is no receipt. */
  const ledger = async (): Promise<{ receipt: ReceiptFact; at: string; row: Record<string, unknown> }[]> => {
    const reader = await connection.runAndReadAll('SELECT * FROM ledger ORDER BY "eventId"');
    return reader.getRowObjectsJson().map((row) => {
      const fact = Object.fromEntries(LEDGER_COLUMNS.map(({ name }) => [name, row[name]]));
      const bytes = canonicalBytes(JSON.parse(JSON.stringify(fact)));
      return { receipt: parseFact('receipt', bytes), at: `${row.firstPublished}`, row };
    });
  };

  const FULL = receiptAt(1, {
    valueWei: MAX,
    feeWei: '100000000000000000001',
    memo: 'a "quoted" `memo`, with ß, 😀 and a line\nbreak',
    assets: [
      {
        chainId: '1',
        standard: 'erc20',
        address: ADDRESS,
        tokenId: '',
        symbol: 'USDC',
        decimals: '6',
        leaves: MAX,
        allows: '0',
      },
    ],
    callArguments: [{ name: 'to', type: 'address', value: ADDRESS }],
    transfersListed: 'all',
    transfers: [
      {
        standard: 'erc20',
        address: ADDRESS,
        tokenId: '',
        symbol: 'USDC',
        decimals: '6',
        from: ADDRESS,
        to: `0x${'1'.repeat(40)}`,
        amount: '12500000',
        logIndex: '0',
      },
    ],
  });

  it('gives a receipt as it was sent, to the last wei and in every field', async () => {
    await deliver(first(FULL), 1000);
    const [one] = await ledger();
    expect(one?.receipt).toEqual(FULL);
    expect(one?.row).toMatchObject({
      valueWei: MAX,
      feeWei: '100000000000000000001',
      feeWeiNumber: '100000000000000000001',
    });
    expect(Object.keys(one?.row ?? {})).toEqual([
      ...LEDGER_COLUMNS.map(({ name }) => name),
      ...LEDGER_AMOUNTS.map((name) => `${name}Number`),
      'firstPublished',
    ]);
  });

  it('threat 95: gives a payment once, however often it was delivered and replayed, as it came first', async () => {
    await deliver(again(FULL), 5000);
    await deliver(first(FULL), 1000);
    await deliver(first(FULL), 1000);
    await deliver(again(FULL), 9000);
    const rows = await ledger();
    expect(rows.map(({ receipt }) => receipt)).toEqual([FULL]);
    expect(Date.parse(rows[0]?.at ?? '')).toBe(1_000_000);
  });

  it('gives a payment that only a replay brought', async () => {
    await deliver(again(FULL), 5000);
    expect((await ledger()).map(({ receipt }) => receipt)).toEqual([FULL]);
  });

  it('keeps two payments apart that are alike in all but their event', async () => {
    const [one, other] = [receiptAt(1), receiptAt(2, { reference: 'invoice-1' })];
    await deliver(first(one), 1000);
    await deliver(first(other), 1000);
    expect((await ledger()).map(({ receipt }) => receipt)).toEqual([one, other]);
  });

  it('whatever is delivered, in whatever order: each payment once, and sums of what was sent', async () => {
    const deliveries = fc.array(
      fc.record({ n: fc.integer({ min: 1, max: 5 }), replayed: fc.boolean(), at: fc.integer({ min: 1, max: 4 }) }),
      { maxLength: 14 },
    );
    const amount = (n: number): string => (10n ** 26n + BigInt(n)).toString();
    await fc.assert(
      fc.asyncProperty(deliveries, async (sent) => {
        await connection.run(`DELETE FROM "${TABLE}"`);
        for (const { n, replayed, at } of sent)
          await deliver((replayed ? again : first)(receiptAt(n, { feeWei: amount(n) })), at);
        const rows = await ledger();
        const numbers = [...new Set(sent.map(({ n }) => n))].sort();
        expect(rows.map(({ receipt }) => receipt)).toEqual(numbers.map((n) => receiptAt(n, { feeWei: amount(n) })));
        for (const [place, n] of numbers.entries())
          expect(Date.parse(rows[place]?.at ?? '')).toBe(
            1000 * Math.min(...sent.filter((one) => one.n === n).map(({ at }) => at)),
          );
        const checked = rows.map(({ receipt }) => ({
          receipt,
          backing: { kind: 'chain' } as const,
          explorer: '',
          names: [],
        }));
        const total = numbers.reduce((sum, n) => sum + BigInt(amount(n)), 0n);
        expect(totalsOf(checked).fees.get('1') ?? 0n).toBe(total);
      }),
      { numRuns: 15 },
    );
  });
});
