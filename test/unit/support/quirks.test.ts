import { expect, it } from 'vitest';
import { ODD_ANSWERS, PENDING_ANSWERS, SILENT_ANSWERS } from '#test/support/nodes/quirks-answers.ts';
import { NO_FINALITY, NO_METHOD } from '#test/support/nodes/quirks-heads.ts';
import { RULES, SENDERS, TROUBLES } from '#test/support/nodes/quirks-troubles.ts';
import type { Quirk } from '#test/support/nodes/quirky.ts';

const TABLES: readonly (readonly Quirk[])[] = [
  ODD_ANSWERS,
  SILENT_ANSWERS,
  PENDING_ANSWERS,
  TROUBLES,
  RULES,
  SENDERS,
  NO_FINALITY,
  NO_METHOD,
];

it('each quirk has a name of its own, and says which node has it and where that is written', () => {
  for (const table of TABLES) expect(table.length).toBeGreaterThan(0);
  const all = TABLES.flat();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { of, source } of all) {
    expect(of).not.toBe('');
    expect(source).toMatch(/^(https:\/\/[\w.-]+\/|measured: )/);
  }
});
