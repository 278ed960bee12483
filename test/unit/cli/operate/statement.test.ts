import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interface, keccak256, zeroPadValue } from 'ethers';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { PastLog } from '#adapters/chain/past.ts';
import { run, type StatementOptions } from '#cli/commands/statement.ts';
import { readCsv } from '#cli/operate/csv-read.ts';
import { STATEMENT_COLUMNS } from '#cli/operate/statement-csv.ts';
import { receiptObject } from '#schemas/names.ts';
import { type PastScript, pastOf } from '#test/support/cli/past.ts';
import { WALLET_ADDRESS } from '#test/support/cli/people.ts';
import { readerOf } from '#test/support/cli/reader.ts';
import { readPage, tablesOf } from '#test/support/page.ts';
import { receiptWith } from '#test/support/receipt.ts';
import { type Pipeline, START, stage } from '#test/support/stage.ts';

const DAY = 86_400_000;
const GAS = 21_000n * 10n ** 9n;
const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const folder = mkdtempSync(join(tmpdir(), 'keyturn-statement-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** January 2027 of the pipeline in memory: one payment each day, as many as are asked for; then the month ends. */
const january = async (payments: readonly Record<string, string>[] = [{}]): Promise<Pipeline> => {
  const s = stage({ tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }] });
  for (const [n, fields] of payments.entries()) {
    s.clock.advance(DAY);
    const id = await s.submit({ reference: `invoice-${n + 1}`, ...fields }, BigInt(n + 1));
    s.chain().mine();
    await s.finalize(id);
  }
  return s;
};
const endMonth = (s: Pipeline): void => {
  s.clock.advance(40 * DAY);
  s.chain().mine();
};
const closed = async (payments?: readonly Record<string, string>[]): Promise<Pipeline> => {
  const s = await january(payments);
  endMonth(s);
  return s;
};

const CHAIN = { chain: '31337' };
const readerWith = (s: Pipeline, script: PastScript, json: boolean) =>
  readerOf(s, { me: 'finance', json, ports: { past: async () => pastOf(s, script) } });
const said = async (s: Pipeline, script: PastScript = {}, options: Partial<StatementOptions> = {}) => {
  const reader = readerWith(s, script, false);
  const code = await run(reader.session, folder, { month: '2027-01', ...CHAIN, ...options });
  return { code, out: reader.stdout.text, err: reader.stderr.text };
};
const account = z.looseObject({
  over: z.boolean(),
  counted: z.boolean(),
  breaks: z.array(z.looseObject({ code: z.string() })),
  assets: z.array(z.looseObject({ symbol: z.string(), opening: z.looseObject({}), closing: z.looseObject({}) })),
  rows: z.array(z.looseObject({ kind: z.string(), units: z.string(), reference: z.string() })),
});
const shape = z.looseObject({ ok: z.boolean(), accounts: z.array(account), unplaced: z.number() });
const read = async (s: Pipeline, script: PastScript = {}, options: Partial<StatementOptions> = {}) => {
  const reader = readerWith(s, script, true);
  const code = await run(reader.session, folder, { month: '2027-01', ...CHAIN, ...options });
  const told = shape.parse(reader.json());
  const [first] = told.accounts;
  if (first === undefined) throw new Error('no account');
  return { code, ...told, first };
};

describe('a month', () => {
  test('that closes: principal and gas of each payment, and nothing else', async () => {
    const { code, first } = await read(await closed([{}, {}]));
    expect(code).toBe(0);
    expect(first).toMatchObject({ over: true, counted: true, breaks: [] });
    expect(first.rows.map(({ kind, units, reference }) => [kind, units, reference])).toEqual([
      ['transfer', `${10n ** 18n}`, 'invoice-1'],
      ['fee', `${GAS}`, 'invoice-1'],
      ['transfer', `${10n ** 18n}`, 'invoice-2'],
      ['fee', `${GAS}`, 'invoice-2'],
    ]);
    expect(first.assets[0]).toMatchObject({
      opening: { units: `${10n ** 21n}`, amount: '1000' },
      left: { amount: '2' },
      fees: { amount: '0.000042' },
      closing: { amount: '997.999958' },
    });
  });

  test('in which a payment was reverted: its fee alone', async () => {
    const s = stage();
    s.clock.advance(DAY);
    const id = await s.submit();
    s.chain().reverts = '0x';
    s.chain().mine();
    await s.finalize(id);
    endMonth(s);
    const { code, first } = await read(s);
    expect([code, first.rows.map(({ kind }) => kind)]).toEqual([0, ['fee']]);
  });

  test('with ether that came is told day by day, as computed', async () => {
    const s = await closed([{}, {}, {}]);
    const silent = (block: bigint) => (block >= 3n ? 12n : block >= 2n ? 5n : 0n);
    const { code, first } = await read(s, { silent });
    expect(code).toBe(0);
    expect(first.rows.filter(({ kind }) => kind === 'computed')).toMatchObject([
      { units: '5', origin: 'computed', direction: 'in', transactionHash: '', block: { number: '2' } },
      { units: '7', block: { number: '3' }, since: { number: '2' } },
    ]);
    expect((await said(s, { silent })).out).toContain('computed: came by no log and no transaction of the wallet');
  });

  test('from which ether left unexplained is a break, and exit code 1', async () => {
    const s = await closed([{}, {}]);
    const silent = (block: bigint) => (block >= 2n ? -7n : 0n);
    const { code, ok, first } = await read(s, { silent });
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(first.breaks).toMatchObject([
      { code: 'UNEXPLAINED_DECREASE', units: '7', from: { number: '1' }, to: { number: '2' } },
    ]);
    expect((await said(s, { silent })).out).toMatch(
      /BREAK UNEXPLAINED_DECREASE: 0\.000000000000000007 ETH left between block 1 of .* and block 2 of .*, and nothing explains it/,
    );
  });

  test('that is not over, or not final, is said', async () => {
    const s = await january();
    const { out, code } = await said(s);
    expect(code).toBe(0);
    expect(out).toContain('2027-01 is not over and final on anvil-31337: this ends with block 1 of 2027-01-02');
    endMonth(s);
    s.chain().depth = 1;
    expect((await said(s)).out).toContain('is not over and final');
    s.chain().depth = 0;
    expect((await said(s)).out).not.toContain('is not over');
  });

  test('that has not begun, or in which the chain had no block, has no statement', async () => {
    const s = await january();
    await expect(said(s, {}, { month: '2027-02' })).rejects.toMatchObject({ code: 'USAGE', field: 'month' });
    expect((await said(s, {}, { month: '2026-12' })).out).toContain(
      'hot on anvil-31337: no final block by the end of 2026-12',
    );
  });
});

describe('nodes', () => {
  test('without the state of that time: what cannot be checked is said, and nothing is computed', async () => {
    const s = await closed([{}, {}]);
    const script = { keepsFrom: 10n, silent: () => 5n };
    const { code, first } = await read(s, script);
    expect(code).toBe(0);
    expect(first.counted).toBe(false);
    expect(first.assets[0]).toMatchObject({ opening: { units: null }, closing: { units: null } });
    expect(first.rows.map(({ kind }) => kind)).not.toContain('computed');
    const { out } = await said(s, script);
    expect(out).toMatch(/ETH +cannot be checked +0 +0 +2 +0\.000042 +cannot be checked/);
    expect(out).toContain('! transactions of the wallet cannot be counted');
  });

  test('that keep the last days alone: these are checked', async () => {
    const s = await closed([{}, {}, {}]);
    const silent = (block: bigint) => (block >= 3n ? 9n : 0n);
    const { first } = await read(s, { keepsFrom: 2n, silent });
    expect(first.rows.filter(({ kind }) => kind === 'computed')).toMatchObject([{ units: '9' }]);
    expect(first.assets[0]).toMatchObject({ opening: { units: null }, uncheckedBetween: 1 });
  });

  test('whose chain was reorganised while it was read: nothing is told', async () => {
    const s = await closed([{}, {}]);
    let reads = 0;
    const onBlock = (number: bigint) => {
      const old = s.chain().blocks[2];
      // Between the first read of the closing block and the last.
      if (number === 2n && ++reads === 2 && old !== undefined)
        s.chain().blocks[2] = { ...old, head: { ...old.head, hash: `0x${'e'.repeat(64)}` } };
    };
    await expect(said(s, { onBlock })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('reorganised'),
    });
  });

  test('that tell a log of a block that is not there: nothing is told', async () => {
    const s = await closed([{}]);
    const logs = [logAt(s, 1n, { hash: `0x${'e'.repeat(64)}` })];
    await expect(said(s, { logs })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

const COIN = new Interface(['event Transfer(address indexed from, address indexed to, uint256 value)']);
const logAt = (
  s: Pipeline,
  blockNumber: bigint,
  over: { readonly hash?: string; readonly out?: boolean; readonly by?: string } = {},
): PastLog => {
  const pair = [s.wallet.address, zeroPadValue('0x42', 20)];
  const { topics, data } = COIN.encodeEventLog('Transfer', [...(over.out === true ? pair : pair.toReversed()), 12n]);
  return {
    ...{ address: over.by ?? USDC, topics, data, index: 0n, blockNumber },
    transactionHash: `0x${'9'.repeat(64)}`,
    blockHash: over.hash ?? s.chain().blocks[Number(blockNumber)]?.head.hash ?? '',
  };
};

test('what has no balance for an address, and what logged no known form, is said', async () => {
  const s = stage({ tokens: [{ address: USDC, symbol: 'ART', decimals: 0, standard: 'erc1155' }] });
  s.chain().mine();
  endMonth(s);
  const odd = { ...logAt(s, 1n), data: '0x' };
  const { out, code } = await said(s, { logs: [odd] });
  expect(code).toBe(0);
  expect(out).toContain('! ART has a balance for each piece: opening and closing cannot be checked');
  expect(out).toContain('! transactions that logged a transfer in no known form: 1');
  expect((await read(s, { logs: [odd] })).first).toMatchObject({
    untold: [{ symbol: 'ART' }],
    unread: [odd.transactionHash],
  });
});

test('threat 97: logs of strangers that are left out are said, in each form and with --verify, and the books stand', async () => {
  const s = await closed();
  const leftOut = { from: 1n, to: 2n };
  const words = 'LEFT OUT: logs of contracts that your law does not name, in blocks 1 to 2';
  const { code, first } = await read(s, { leftOut });
  expect([code, first]).toMatchObject([0, { breaks: [], leftOut: { fromBlock: '1', toBlock: '2' } }]);
  expect((await said(s, { leftOut })).out).toContain(words);
  const csv = await said(s, { leftOut }, { csv: true });
  expect(csv.err).toContain(words);
  const path = join(folder, 'left-out.csv');
  writeFileSync(path, csv.out);
  const verified = await said(s, { leftOut }, { verify: path });
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining(words)]);
  expect((await read(s)).first).toMatchObject({ leftOut: null });
});

describe('what is none of keyturn', () => {
  test('a token that came is booked by its symbol in the law, another by its contract', async () => {
    const s = await closed();
    const strange = '0x6B175474E89094C44Da98b954EedeAC495271d0F';
    const logs = [logAt(s, 1n), { ...logAt(s, 1n, { by: strange }), index: 1n }];
    const tokens = (block: bigint) => (block >= 1n ? 12n : 0n);
    const { out, code } = await said(s, { logs, tokens }, { csv: true });
    expect(code).toBe(0);
    const cells = rowsOf(out).filter((row) => row.Direction === 'in');
    expect(cells).toMatchObject([
      { 'Asset Identifier': 'USDC', Amount: '0.000012', 'Base Units': '12', Decimals: '6', 'Token Contract': USDC },
      { 'Asset Identifier': strange, Amount: '', 'Base Units': '12', Decimals: '', 'Token Contract': strange },
    ]);
  });

  test('threat 96: a transaction of the wallet’s key is found by its nonce, booked and named', async () => {
    const s = await january();
    const raw = s.foreign(1);
    s.clock.advance(DAY);
    await s.chain().send(raw);
    s.chain().mine();
    endMonth(s);
    const { code, first } = await read(s, { foreign: [raw] });
    expect(code).toBe(1);
    expect(first.breaks).toMatchObject([{ code: 'FOREIGN_TRANSACTION', nonce: '1' }]);
    expect(first.rows.filter(({ origin }) => origin === 'foreign')).toMatchObject([
      { kind: 'transfer', units: '1' },
      { kind: 'fee', units: `${GAS}` },
    ]);
    // Not found: the nonce alone is named, and what it spent is a break of its own.
    const lost = await read(s, {});
    expect(lost.first.breaks.map((one) => one.code)).toEqual(['FOREIGN_TRANSACTION', 'UNEXPLAINED_DECREASE']);
  });

  test('a foreign transaction has the fee of its blobs and of its rollup beside its gas', async () => {
    const s = await january();
    const raw = s.foreign(1);
    s.clock.advance(DAY);
    await s.chain().send(raw);
    s.chain().mine();
    const mined = s
      .chain()
      .blocks.flatMap((block) => block.mined)
      .find(({ receipt }) => receipt.transactionHash === keccak256(raw));
    Object.assign(mined?.receipt ?? {}, { l1Fee: 7n, blobFee: 500n });
    endMonth(s);
    const { first } = await read(s, { foreign: [raw] });
    expect(first.rows.filter(({ origin, kind }) => origin === 'foreign' && kind === 'fee')).toMatchObject([
      { units: `${GAS + 507n}` },
    ]);
  });

  test('without any state it is found by what it logged of a token of the law, however much strangers log', async () => {
    const s = await january();
    const raw = s.foreign(1);
    s.clock.advance(DAY);
    await s.chain().send(raw);
    s.chain().mine();
    endMonth(s);
    const noise = Array.from({ length: 250 }, (_, n) => ({
      ...logAt(s, 1n, { by: WALLET_ADDRESS }),
      ...{ transactionHash: `0x${n.toString(16).padStart(64, '8')}`, index: BigInt(n) },
    }));
    const own = { ...logAt(s, 2n, { out: true }), transactionHash: keccak256(raw) };
    const { first } = await read(s, { foreign: [raw], keepsFrom: 100n, logs: [...noise, own] });
    expect(first.counted).toBe(false);
    expect(first.breaks).toMatchObject([{ code: 'FOREIGN_TRANSACTION', nonce: '1', transactionHash: keccak256(raw) }]);
  });

  test('a token that somebody took is a break', async () => {
    const s = await closed();
    const script = { logs: [logAt(s, 1n, { out: true })], tokens: (block: bigint) => (block >= 1n ? 0n : 12n) };
    const { code, first } = await read(s, script);
    expect([code, first.breaks]).toMatchObject([1, [{ code: 'TAKEN', units: '12', amount: '0.000012' }]]);
  });

  test.each(['1', '0', '999'])(
    'threat 97: a receipt that a function made up, of block %s, is booked nowhere, and named',
    async (blockNumber) => {
      const s = await closed();
      const forged = receiptWith({
        ...{ id: 'b'.repeat(64), wallet: s.wallet.name, chainId: '31337', from: s.wallet.address, blockNumber },
        eventId: `${s.buckets.results}/${receiptObject('b'.repeat(64), START + DAY)}`,
      });
      s.storage.put(s.buckets.results, receiptObject('b'.repeat(64), START + DAY), JSON.parse(JSON.stringify(forged)));
      const { code, first } = await read(s);
      expect(code).toBe(1);
      expect(first.breaks).toMatchObject([{ code: 'UNBACKED_RECEIPT', request: 'b'.repeat(64) }]);
      expect(first.rows).toHaveLength(2);
    },
  );

  test('threat 96: a payment whose receipt somebody took away is a foreign one', async () => {
    const s = await closed([{}, {}]);
    const [first = ''] = s.storage.names(s.buckets.results, 'receipts/');
    await s.storage.delete(s.buckets.results, first);
    const { code, first: told } = await read(s);
    expect(code).toBe(1);
    expect(told.breaks.map((one) => one.code)).toContain('FOREIGN_TRANSACTION');
  });

  test('a receipt of a wallet that the law does not name is counted', async () => {
    const s = await closed();
    const name = receiptObject('c'.repeat(64), START + DAY);
    s.storage.put(
      s.buckets.results,
      name,
      JSON.parse(JSON.stringify(receiptWith({ id: 'c'.repeat(64), wallet: 'old' }))),
    );
    expect(await read(s)).toMatchObject({ code: 0, unplaced: 1 });
  });
});

/** Records by column, as a reader of CSV has them. */
const rowsOf = (text: string): Record<string, string>[] => {
  const csv = readCsv(text);
  if (csv.kind !== 'read') throw new Error('no CSV');
  return csv.records
    .slice(1)
    .map(({ cells }) => Object.fromEntries(STATEMENT_COLUMNS.map((name, n) => [name, cells[n] ?? ''])));
};

describe('csv', () => {
  test('has the columns of a subledger upload first, in their order', async () => {
    const { out } = await said(await closed(), {}, { csv: true });
    // As TRES names them.
    const upload =
      'Year,Month,Day,Time,Organizational Wallet,Participating Wallet,Network,Direction,Financial Action,Asset Identifier,Amount,Fiat Value,Fiat Currency,Transaction Hash,Transfer ID,Function Name,Method ID';
    expect(out.startsWith(`${upload},`)).toBe(true);
  });

  test('an amount is exact, base units stand beside it, and a memo is no formula', async () => {
    const s = await closed([{ memo: '=HYPERLINK("http://x","y")', reference: 'rent' }]);
    const [transfer, fee] = rowsOf((await said(s, {}, { csv: true })).out);
    expect(transfer).toMatchObject({
      ...{ Year: '2027', Month: '01', Day: '02', Network: 'anvil-31337', Direction: 'out', Nonce: '0' },
      ...{ 'Financial Action': 'transfer', 'Asset Identifier': 'ETH', Amount: '1', 'Base Units': `${10n ** 18n}` },
      ...{ Memo: `'=HYPERLINK("http://x","y")`, Reference: 'rent', 'Approved By': 'alice bob', Wallet: 'hot' },
    });
    expect(fee).toMatchObject({ 'Financial Action': 'fee', Amount: '0.000021', 'Base Units': `${GAS}` });
  });

  test('goes to standard output, and breaks to standard error', async () => {
    const s = await closed([{}, {}]);
    const { code, out, err } = await said(s, { silent: (n) => (n >= 2n ? -1n : 0n) }, { csv: true, bom: true });
    expect(code).toBe(1);
    expect(out.startsWith('\ufeffYear,')).toBe(true);
    expect(rowsOf(out)).toHaveLength(4);
    expect(err).toContain('BREAK UNEXPLAINED_DECREASE');
  });

  test('each column is told in its page', () => {
    const table = tablesOf(readPage('docs/statement.md')).find(({ heading }) => heading === 'Columns');
    const told = table?.rows.flatMap(([names = '']) => names.split(', '));
    // Two of one subject stand in one line there, though the file has them apart.
    expect(told?.toSorted()).toEqual(STATEMENT_COLUMNS.toSorted());
    expect(told?.slice(0, 17)).toEqual(STATEMENT_COLUMNS.slice(0, 17));
  });

  test.each<[Partial<StatementOptions>, boolean, string]>([
    [{ bom: true }, false, 'bom'],
    [{ csv: true }, true, 'csv'],
    [{ csv: true, verify: 'a.csv' }, false, 'verify'],
    [{ out: 'a.csv', verify: 'a.csv' }, false, 'verify'],
    [{ wallet: 'petty' }, false, 'wallet'],
    [{ chain: 'nowhere' }, false, 'chain'],
  ])('%j with --json %s is refused by its option', async (options, json, field) => {
    const { session } = readerWith(await closed(), {}, json);
    await expect(run(session, folder, { month: '2027-01', ...options })).rejects.toMatchObject({
      code: 'USAGE',
      field,
    });
  });

  test('is read as RFC 4180 says, whoever wrote it', () => {
    expect(readCsv('\ufeffa,"b ""c""",\r\n"1\n2",,3\n\n')).toEqual({
      kind: 'read',
      records: [
        { line: 1, cells: ['a', 'b "c"', ''] },
        { line: 2, cells: ['1\n2', '', '3'] },
      ],
    });
    expect(readCsv('a\n"b"c\n')).toEqual({ kind: 'unreadable', at: 2 });
    expect(readCsv('a,')).toEqual({ kind: 'read', records: [{ line: 1, cells: ['a', ''] }] });
    expect(readCsv('')).toEqual({ kind: 'read', records: [] });
    expect(readCsv(`"${'x'.repeat(8_000_000)}"`)).toMatchObject({ kind: 'read' });
  });
});

describe('--verify', () => {
  const path = join(folder, 'january.csv');
  const lines = async (s: Pipeline): Promise<string[]> => {
    rmSync(path, { force: true });
    expect(await said(s, {}, { out: 'january.csv' })).toMatchObject({ code: 0, out: expect.stringContaining(path) });
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  };

  test('says that a file is what the chain says, in whatever order, and after an editor', async () => {
    const s = await closed([{}, { memo: 'a "quote", a comma' }]);
    const [header = '', ...rows] = await lines(s);
    expect(await said(s, {}, { verify: 'january.csv' })).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${path}: 4 rows say what the chain says.`),
    });
    writeFileSync(path, `\ufeff${[header, ...rows.toReversed()].join('\r\n')}\r\n\r\n`);
    expect((await said(s, {}, { verify: 'january.csv' })).code).toBe(0);
  });

  test('threat 97: names each row that is changed, missing or too many', async () => {
    const s = await closed([{}, {}]);
    const [header = '', first = '', second = '', third = '', fourth = ''] = await lines(s);
    writeFileSync(path, [header, second.replace(',0.000021,', ',0.21,'), third, third, fourth].join('\n'));
    const { code, out } = await said(s, {}, { verify: 'january.csv' });
    expect(code).toBe(1);
    const id = (line: string) => line.split(',')[STATEMENT_COLUMNS.indexOf('Transfer ID')];
    expect(out).toContain(`CHANGED line 2: Amount of ${id(second)}`);
    expect(out).toContain(`MISSING ${id(first)}`);
    expect(out).toContain(`EXTRA line 4: ${id(third)}`);
    expect(out).toContain(`${path} is not what the chain says.`);
  });

  test.each([
    ['', 'the first line'],
    ['a,b\n1,2\n', 'the first line'],
    [`${STATEMENT_COLUMNS.join().replace('Year,Month', '"Year,Month"')}\n`, 'the first line'],
    [`${STATEMENT_COLUMNS.join()}\n1,2\n`, 'line 2 of the file has not as many cells'],
    [`${STATEMENT_COLUMNS.join()}\n1,"2"3\n`, 'line 2 of the file is no CSV'],
  ])('%j is no statement', async (text, words) => {
    writeFileSync(path, text);
    await expect(said(await closed(), {}, { verify: path })).rejects.toMatchObject({
      ...{ code: 'MALFORMED', field: 'verify', message: expect.stringContaining(words) },
    });
  });

  test('a file that is not there, and one that is, are told by their options', async () => {
    const s = await closed();
    await expect(said(s, {}, { verify: 'none.csv' })).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'verify' });
    await expect(said(s, {}, { out: 'none/there.csv' })).rejects.toMatchObject({ code: 'NOT_WRITABLE', field: 'out' });
    writeFileSync(path, 'mine');
    await expect(said(s, {}, { out: path })).rejects.toMatchObject({ code: 'USAGE', field: 'out' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });
});
