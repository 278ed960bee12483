import { describe, expect, test } from 'vitest';
import { bold, jsonText, Output, printable } from '#cli/app/output.ts';
import { Sheet } from '#test/support/cli/people.ts';

const outputOf = (json = false) => {
  const [stdout, stderr] = [new Sheet(), new Sheet()];
  const paint = (_: unknown, text: string) => `<${text}>`;
  return { stdout, stderr, out: new Output({ stdout, stderr, json, paint, watched: false }) };
};

describe('text from outside', () => {
  test.each([
    ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['a\rb\nc\td', 'a\\u{d}b\\u{a}c\\u{9}d'],
    ['\u202eevil', '\\u{202e}evil'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['a\u00a0b\u3000c', 'a\\u{a0}b\\u{3000}c'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
    ['x\u3164y\u2800', 'x\\u{3164}y\\u{2800}'],
  ])('%j cannot draw', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test.each([
    ['a\u0301\u0302\u0303\u0304', 'a\u0301\u0302\\u{303}\\u{304}'],
    ['\u0e19\u0e49\u0e33\u0e49', '\u0e19\u0e49\u0e33\u0e49'],
    ['x\u20dd\u20dd\u20dd', 'x\u20dd\u20dd\\u{20dd}'],
  ])('%j cannot be stacked over its neighbours: two marks are enough for any script', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('that is plain stays as it is', () => {
    const text = 'Zürich 東京 Ωμέγα — “ok” 0x1';
    expect(printable(text)).toBe(text);
  });

  test('is escaped in lines, styled pieces, tables, rows and asides alike', () => {
    const { out, stdout, stderr } = outputOf();
    const evil = '\u001b[1A\u202e';
    out.line(evil);
    out.line(bold(evil));
    out.table(['a'], [[evil], [bold(evil)]]);
    out.rows([{ label: 'l', lines: [evil] }]);
    out.aside(evil);
    expect(`${stdout.text}${stderr.text}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stdout.text.split('\\u{1b}')).toHaveLength(6);
  });

  test('is escaped in JSON too, and is still the same JSON', () => {
    const value = { text: '\u001b\u009b\u202e\u{e0041}', wei: 7n };
    expect(jsonText(value)).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(jsonText(value))).toEqual({ text: value.text, wei: '7' });
  });
});

test('a table lines up by what is shown, not by what was given', () => {
  const { out, stdout } = outputOf();
  out.table(
    ['id', 'what'],
    [
      ['a', 'x'],
      ['bbbb', bold('y')],
    ],
  );
  expect(stdout.text).toBe('<id    what>\na     x\nbbbb  <y>\n');
});

// Columns by Unicode Standard Annex 11 (wide: two) and 29 (a mark has no column of its own), counted by hand.
test.each([
  ['a CJK memo', '請求書 三月分', 13],
  ['Hangul', '송장', 4],
  ['half-width katakana', 'ｾｲｷｭｳ', 5],
  ['full-width letters', 'ＡＢ', 4],
  ['combining marks', 'Zu\u0308rich e\u0301te\u0301', 10],
  ['an emoji', 'paid 👍', 7],
  ['an emoji with a skin tone', '👍🏽', 2],
  ['a flag', '🇨🇭', 2],
  ['an escape', '\u202e', 8],
])('a table lines up where a cell holds %s', (_, text, columns) => {
  const { out, stdout } = outputOf();
  const widest = 'x'.repeat(14);
  out.table(
    ['memo', 'next'],
    [
      [text, 'y'],
      [widest, 'z'],
    ],
  );
  expect(stdout.text).toBe(
    `<memo${' '.repeat(10)}  next>\n${printable(text)}${' '.repeat(14 - columns)}  y\n${widest}  z\n`,
  );
});

test('with --json standard output holds the object and nothing else', () => {
  const { out, stdout } = outputOf(true);
  out.line('for people');
  out.table(['a'], [['b']]);
  out.result('failure', { ok: true });
  expect(stdout.text).toBe('{"ok":true}\n');
});

test('without --json no JSON is written', () => {
  const { out, stdout } = outputOf();
  out.result('failure', { ok: true });
  expect(stdout.text).toBe('');
});

describe('what is being waited for', () => {
  /** `seconds` pass before the work ends. */
  const said = async (seconds: number, options: { readonly json?: boolean; readonly watched?: boolean }) => {
    const [stdout, stderr] = [new Sheet(), new Sheet()];
    const ticks: { readonly ms: number; readonly tell: () => void }[] = [];
    let stopped = 0;
    const every = (ms: number, tell: () => void) => {
      ticks.push({ ms, tell });
      return () => {
        stopped += 1;
      };
    };
    const { json = false, watched = false } = options;
    const out = new Output({ stdout, stderr, json, watched, every, paint: (_, text) => text });
    const work = Promise.withResolvers<string>();
    const ended = out.during('building', work.promise);
    for (const { ms, tell } of ticks) for (let at = ms; at <= seconds * 1000; at += ms) tell();
    work.resolve('built');
    expect([await ended, stopped, stdout.text]).toEqual(['built', ticks.length, '']);
    return stderr.text;
  };

  test('a person is told after a second, once', async () => {
    expect(await said(0.9, { watched: true })).toBe('');
    expect(await said(1, { watched: true })).toBe('building …\n');
    expect(await said(60, { watched: true })).toBe('building …\n');
  });

  test('in a pipe each ten seconds has a line', async () => {
    expect(await said(9, {})).toBe('');
    expect(await said(35, {})).toBe('building … 10 s\nbuilding … 20 s\nbuilding … 30 s\n');
  });

  test('a program with --json reads nothing of it', async () => {
    expect(await said(60, { json: true })).toBe('');
    expect(await said(60, { json: true, watched: true })).toBe('');
  });

  test('work that fails is waited for no more', async () => {
    let stopped = 0;
    const every = () => () => {
      stopped += 1;
    };
    const [stdout, stderr] = [new Sheet(), new Sheet()];
    const out = new Output({ stdout, stderr, json: false, watched: true, every, paint: (_, text) => text });
    await expect(out.during('building', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(stopped).toBe(1);
  });
});
