import { describe, expect, it } from 'vitest';
import { judge, type Measured } from '#test/bench/figure.ts';
import { inReadme, markdown, rowOf, tableText } from '#test/bench/show.ts';
import { median } from '#test/bench/statistics.ts';
import { type Limit, TARGETS } from '#test/bench/targets.ts';

const target = (limit: Limit) => ({ name: 'turn.20', words: 'made up', limit });
const measured = (over: Partial<Measured> = {}): Measured => ({
  name: 'turn.20',
  unit: 'ms',
  samples: [300, 100, 200],
  ...over,
});

describe('a figure against its target', () => {
  it.each<[string, Partial<Measured>, Limit, boolean | null, number | null]>([
    ['a median at its limit is met', {}, { by: 'value', most: 200 }, true, null],
    ['one above is missed', {}, { by: 'value', most: 199 }, false, null],
    ['a ratio to the floor', { floor: 50 }, { by: 'floor', most: 3 }, false, 4],
    ['the median of pairs goes before the quotient', { floor: 50, ratio: 2.5 }, { by: 'floor', most: 3 }, true, 2.5],
    ['a share of the floor', { floor: 400 }, { by: 'floor', least: 0.5 }, true, 0.5],
    ['four times the baseline', { peer: { name: 'ac228dc', value: 40 } }, { by: 'baseline', least: 4 }, true, 5],
    [
      'another peer is not the baseline',
      { peer: { name: 'viem', value: 1 } },
      { by: 'baseline', least: 4 },
      null,
      null,
    ],
    ['without a floor nothing is said of it', {}, { by: 'floor', most: 3 }, null, null],
    ['nothing measured is not a missed target', { samples: [] }, { by: 'value', most: 1 }, null, null],
  ])('%s', (_, over, limit, ok, ratio) => {
    expect(judge(measured(over), target(limit)).figure).toMatchObject({ ok, ratio });
  });

  it('has the members of the JSON line, and no others', () => {
    const { figure } = judge(measured(), undefined);
    expect(Object.keys(figure)).toEqual(['name', 'value', 'unit', 'floor', 'peer', 'ratio', 'target', 'ok']);
    expect(figure).toMatchObject({ value: 200, target: '', ok: null });
  });

  it('of an even count takes a value that was measured', () => {
    expect(median([4, 1, 3, 2])).toBe(2);
    expect(() => median([])).toThrow(RangeError);
  });

  it('each target names one figure of a part', () => {
    const names = TARGETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the table', () => {
  const missed = judge(
    measured({ floor: 40, peer: { name: 'ac228dc', value: 1234.5 } }),
    target({ by: 'value', most: 9 }),
  );
  const skipped = judge(measured({ samples: [], skipped: 'needs --full' }), undefined);

  it('shows median, spread, floor, peer, ratio, target and a loud NO', () => {
    expect(rowOf(missed)).toEqual(['turn.20', '200 ms (100–300)', '40', '1,235 (ac228dc)', '5', '≤ 9', 'NO']);
  });

  it('says why something was skipped', () => {
    expect(rowOf(skipped)).toEqual(['turn.20', 'SKIPPED', '–', '–', '–', '–', 'needs --full']);
    expect(tableText([missed, skipped]).split('\n')).toHaveLength(3);
  });

  it('takes its place between the marks, once', () => {
    const readme = 'a\n<!-- BEGIN table -->\nold\n<!-- END table -->\nb\n';
    const table = markdown([missed], 'two cores', '2026-11-30');
    const written = inReadme(readme, table);
    expect(written).toMatch(/^a\n(?:.|\n)*2026-11-30; two cores(?:.|\n)*b\n$/);
    expect(written).not.toContain('old');
    expect(inReadme(written, table)).toBe(written);
    expect(() => inReadme('a', table)).toThrow(/BEGIN table/);
  });
});
