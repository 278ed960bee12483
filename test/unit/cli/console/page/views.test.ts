import { describe, expect, test } from 'vitest';
import type { Receipt } from '#cli/console/api.ts';
import { areTheDigits } from '#cli/console/page/digits.ts';
import { filterOf } from '#cli/console/page/filter.ts';
import { isSeen } from '#cli/console/page/in-view.ts';
import { linesOf } from '#cli/console/page/lines.ts';
import { explorerLink, movedOf, payeesOf } from '#cli/console/page/moved.ts';
import { recipientKind, sectionsOf } from '#cli/console/page/reading.ts';
import { fullness } from '#cli/console/page/room.ts';
import { connectionWords, mineWords } from '#cli/console/page/words.ts';
import { KINDS } from '#cli/request/told.ts';
import { moneyPages } from '#test/support/console/money.ts';
import { SAMPLES, SUPPLIER, sampleOf, USDC } from '#test/support/console/samples.ts';

const line = (kind: (typeof KINDS)[number], label: string, text: string) =>
  ({ kind, label, text, tone: 'plain', source: 'keyturn' }) as const;

describe('the lines of the renderer', () => {
  test('every kind but the warnings has its place, in the order of show', () => {
    const kinds = KINDS.filter((kind) => kind !== 'warning');
    const shown = sectionsOf(KINDS.map((kind) => line(kind, kind, kind))).flatMap(({ rows }) =>
      rows.map(({ label }) => label),
    );
    expect(shown).toEqual(kinds);
  });

  test.each(SAMPLES.map((sample) => [sample.over.reference, sample] as const))(
    'no line of %s is lost, nor changed',
    (_, sample) => {
      const { lines } = sampleOf(sample).shown;
      const shown = sectionsOf(lines).flatMap(({ rows }) => rows.flatMap((row) => row.lines.map(({ text }) => text)));
      expect(shown).toEqual(lines.filter(({ kind }) => kind !== 'warning').map(({ text }) => text));
    },
  );

  test('lines of one label stand together, and those of strangers apart', () => {
    const [section] = sectionsOf([
      line('call', 'call', 'a'),
      line('call', 'call', 'b'),
      { ...line('descriptor', 'call', 'c'), source: 'descriptor' },
    ]);
    expect(section?.rows.map(({ source, lines }) => [source, lines.length])).toEqual([
      ['keyturn', 2],
      ['descriptor', 1],
    ]);
  });

  test('who gets it must be seen; where nobody gets anything, what is asked', () => {
    expect(recipientKind([line('intent', 'asks', ''), line('who', 'who', '')])).toBe('who');
    expect(recipientKind([line('intent', 'asks', '')])).toBe('asks');
  });
});

describe('what counts as seen', () => {
  test.each([
    [{ ratio: 1, visible: 60, room: 800 }, true],
    [{ ratio: 0.5, visible: 30, room: 800 }, false],
    [{ ratio: 0.4, visible: 700, room: 800 }, true],
    [{ ratio: 0, visible: 0, room: 0 }, false],
  ])('%j: %s', (view, seen) => expect(isSeen(view)).toBe(seen));
});

describe('money', () => {
  const { receipts } = moneyPages.receipts({ page: 0 });
  const named = (reference: string): Receipt => {
    const found = receipts.find((one) => one.reference === reference);
    if (found === undefined) throw new Error('no such receipt');
    return found;
  };

  test('what moved is exact, and says which way', () => {
    expect(movedOf(named('invoice-2196'))).toEqual([{ direction: 'left', amount: '8120', unit: 'USDC' }]);
    expect(movedOf(named('invoice-2187'))).toEqual([{ direction: 'left', amount: '0.0755', unit: 'ETH' }]);
  });

  test('of a reverted one nothing moved, whatever its value says', () => {
    expect(movedOf(named('invoice-2188'))).toEqual([]);
    expect(movedOf({ ...named('invoice-2188'), status: 'finalized' })).toEqual([
      { direction: 'left', amount: '0.5', unit: 'ETH' },
    ]);
  });

  test('the payee of a token is who got it, and the contract is told beside them', () => {
    expect(payeesOf(named('invoice-2196'))).toEqual({ payees: [SUPPLIER], through: USDC });
    expect(payeesOf(named('invoice-2187')).through).toBe('');
  });

  test('an explorer is linked by https alone', () => {
    expect(explorerLink('https://explorer.example/tx/0x1')).toBe('https://explorer.example/tx/0x1');
    for (const wrong of ['', 'http://explorer.example', 'javascript:alert(1)', 'data:text/html,x', ' https://a b'])
      expect(explorerLink(wrong), wrong).toBeUndefined();
  });

  test('a window is as full as it is, also where it is overfull or of no size', () => {
    expect(fullness({ most: '1000', used: '345' })).toBe(345);
    expect(fullness({ most: '10', used: '11' })).toBe(1000);
    expect(fullness({ most: '0', used: '0' })).toBe(1000);
    expect(fullness({ most: (10n ** 60n).toString(), used: (10n ** 59n).toString() })).toBe(100);
  });

  test('empty fields of the filter narrow nothing', () => {
    const fields = new Map<string, unknown>([
      ['month', ' 2026-02 '],
      ['wallet', ''],
      ['asset', '  '],
      ['page', '9'],
    ]);
    expect(filterOf(fields)).toEqual({ month: '2026-02' });
  });
});

describe('words', () => {
  test('an answer is missing only of what still can be answered', () => {
    expect(mineWords({ mine: 'none', stage: 'accepted' })?.tone).toBe('todo');
    expect(mineWords({ mine: 'none', stage: 'submitted' })).toBeUndefined();
    expect(mineWords({ mine: null, stage: 'accepted' })).toBeUndefined();
    expect(mineWords({ mine: 'bad', stage: 'accepted' })?.tone).toBe('danger');
  });

  test('what is broken first is told: the process, then the cloud', () => {
    const down = { kind: 'down', at: '2026-01-01T00:00:00Z', code: 'UNAVAILABLE' } as const;
    expect(connectionWords({ link: { kind: 'lost', at: 0 }, cloud: down })?.text).toContain('process');
    expect(connectionWords({ link: { kind: 'live' }, cloud: down })?.text).toContain('UNAVAILABLE');
    expect(connectionWords({ link: { kind: 'live' }, cloud: { kind: 'up' } })).toBeUndefined();
  });

  test.each([
    ['2f99', true],
    [' 0x2F99 ', true],
    ['2f9', false],
    ['2f991', false],
    ['', false],
  ])('the first digits of an id, as typed: %j', (typed, right) =>
    expect(areTheDigits(typed, `2f99${'0'.repeat(60)}`)).toBe(right),
  );
});

describe('a stream of events', () => {
  const streamOf = (...chunks: readonly string[]) => {
    const left = [...chunks];
    return {
      getReader: () => ({
        read: async () => (left.length === 0 ? { done: true } : { done: false, value: left.shift() }),
      }),
    };
  };
  const read = async (...chunks: readonly string[]): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of linesOf(streamOf(...chunks))) lines.push(line);
    return lines;
  };

  test('is read by lines, however it was cut', async () => {
    expect(await read('{"a"', ':1}\n{"b":', '2}\n\n', '{"c":3}\n')).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });

  test('half a line at its end is none', async () => expect(await read('{"a":1}\n{"b"')).toEqual(['{"a":1}']));

  test('a line without end is no event', async () => {
    await expect(read('x'.repeat(70_000))).rejects.toThrow('too long');
  });
});
