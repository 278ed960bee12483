import { describe, expect, test } from 'vitest';
import type { Decision } from '#core/decision.ts';
import type { Code } from '#schemas/codes.ts';

/**
 * A decision written as a table: given these facts, when this comes, then that. `rule` is a sentence of the documents. Every value that
 * matters stands in the row, and `then` is worked out by hand from the rule, never by the code under test.
 */
export type Row<Given, When, Then> = readonly [rule: string, given: Given, when: When, then: Then];

const freeze = (value: unknown): void => {
  // A view of bytes cannot be frozen; of a Map or a Set only what it holds.
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  if (value instanceof Map || value instanceof Set) value.forEach(freeze);
  for (const key of Reflect.ownKeys(value)) freeze(Reflect.get(value, key));
};

/** Asserts the answer itself, that it leaves its facts alone, and that the same facts get the same answer again. */
const judge = <Given, When, Then, Answer>(
  title: string,
  decide: (given: Given, when: When) => Answer | Promise<Answer>,
  rows: readonly Row<Given, When, Then>[],
  check: (answer: Answer, then: Then) => void,
): void => {
  describe(title, () => {
    test('no rule stands twice', () => {
      const rules = rows.map(([rule]) => rule);
      expect(rules.filter((rule, n) => rules.indexOf(rule) !== n)).toEqual([]);
    });
    for (const [rule, given, when, then] of rows)
      test(rule, async () => {
        freeze(given);
        freeze(when);
        const answer = await decide(given, when);
        check(answer, then);
        expect(await decide(given, when)).toEqual(answer);
      });
  });
};

/** The rows of a pure rule: `decide` must answer exactly `then`. */
export const table = <Given, When, Then>(
  title: string,
  decide: (given: Given, when: When) => Then | Promise<Then>,
  rows: readonly Row<Given, When, Then>[],
): void => judge(title, decide, rows, (answer, then) => expect(answer).toStrictEqual(then));

/** What a row expects of a decision. `says`: what the reason must hold, for people to act on; its other words are free. */
export type Verdict<Act> =
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'ignore' | 'wait'; readonly code: Code | ''; readonly says: readonly string[] }
  | { readonly kind: 'refuse'; readonly code: Code; readonly field: string; readonly says: readonly string[] };

export const acts = <Act>(what: Act): Verdict<Act> => ({ kind: 'act', act: what });
export const ignores = (code: Code | '', ...says: readonly string[]): Verdict<never> => ({
  kind: 'ignore',
  code,
  says,
});
export const waits = (code: Code, ...says: readonly string[]): Verdict<never> => ({ kind: 'wait', code, says });
export const refuses = (code: Code, field: string, ...says: readonly string[]): Verdict<never> => ({
  kind: 'refuse',
  code,
  field,
  says,
});

interface Refusal {
  readonly code: Code;
  readonly field: string;
  readonly reason: string;
}

/** The answer in the row's own terms, beside what it told people. */
const plain = <Act>(answer: Decision<Act, Refusal>): { readonly verdict: object; readonly reason: string } => {
  switch (answer.kind) {
    case 'act':
      return { verdict: answer, reason: '' };
    case 'ignore':
    case 'wait':
      return { verdict: { kind: answer.kind, code: answer.code }, reason: answer.reason };
    case 'refuse': {
      const { code, field, reason } = answer.refusal;
      return { verdict: { kind: 'refuse', code, field }, reason };
    }
    default:
      return answer satisfies never;
  }
};

/** The rows of a decision: kind and code, what it commits, and that every answer but *act* says why in words. */
export const decisions = <Given, When, Act>(
  title: string,
  decide: (given: Given, when: When) => Decision<Act, Refusal>,
  rows: readonly Row<Given, When, Verdict<Act>>[],
): void =>
  judge(title, decide, rows, (answer, then) => {
    const { verdict, reason } = plain(answer);
    if (then.kind === 'act') return expect(verdict).toStrictEqual(then);
    const { says, ...expected } = then;
    expect(verdict).toStrictEqual(expected);
    expect(reason).toMatch(/\w{2}/);
    for (const words of says) expect(reason).toContain(words);
  });
