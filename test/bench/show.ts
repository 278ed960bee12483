import { readFileSync, writeFileSync } from 'node:fs';
import type { Judged } from './figure.ts';

const README = new URL('README.md', import.meta.url);
const BEGIN = '<!-- BEGIN table -->';
const END = '<!-- END table -->';
const HEADS = ['figure', 'now', 'floor', 'peer', 'ratio', 'target', 'ok'] as const;

/** Three digits that count, and no exponent. */
const digits = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
};

const valueText = ({ figure: { value, unit }, spread }: Judged): string => {
  if (value === null) return 'SKIPPED';
  const range = spread === null ? '' : ` (${digits(spread.least)}–${digits(spread.most)})`;
  return `${digits(value)} ${unit}${range}`;
};

const orDash = (value: number | null): string => (value === null ? '–' : digits(value));

const okText = ({ ok }: Judged['figure']): string => (ok === null ? '' : ok ? 'yes' : 'NO');

/** One line of the table, as words. */
export const rowOf = (judged: Judged): readonly string[] => {
  const { figure, peerName, skipped } = judged;
  const { name, floor, peer, ratio, target } = figure;
  return [
    name,
    valueText(judged),
    orDash(floor),
    peer === null ? '–' : `${digits(peer)} (${peerName})`,
    orDash(ratio),
    target === '' ? '–' : target,
    figure.value === null ? skipped : okText(figure),
  ];
};

/** All lines, in columns. */
export const tableText = (all: readonly Judged[]): string => {
  const rows = [HEADS, ...all.map(rowOf)];
  const widths = HEADS.map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The same as a table of Markdown, with the machine and the day. */
export const markdown = (all: readonly Judged[], machine: string, day: string): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(HEADS.map((_, n) => (n === 0 ? '---' : '---:')));
  return [`${day}; ${machine}`, '', line(HEADS), rule, ...all.map((each) => line(rowOf(each)))].join('\n');
};

/** Puts the table between the marks of test/bench/README.md. Throws where they do not stand once each, in order. */
export const inReadme = (readme: string, table: string): string => {
  const [head, rest, ...more] = readme.split(BEGIN);
  const [, tail, ...others] = (rest ?? '').split(END);
  if (head === undefined || tail === undefined || more.length + others.length > 0)
    throw new Error(`test/bench/README.md must have ${BEGIN} and ${END}, once each`);
  return `${head}${BEGIN}\n\n${table}\n\n${END}${tail}`;
};

export const writeReadme = (table: string): void =>
  writeFileSync(README, inReadme(readFileSync(README, 'utf8'), table));
