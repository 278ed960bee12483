import { expect, test } from 'vitest';
import { CODE_LIFE_MS, Entry, MOST_TRIES } from '#cli/console/entry.ts';
import { isKeyturnError } from '#schemas/codes.ts';

const scene = () => {
  const clock = { now: 1_000_000 };
  let drawn = 0;
  const entry = new Entry(
    (length) => new Uint8Array(length).fill(++drawn),
    () => clock.now,
  );
  return { clock, entry };
};

const refusal = (entry: Entry, code: string): string => {
  try {
    entry.exchange(code);
  } catch (error) {
    if (isKeyturnError(error, 'CONSOLE_SESSION')) return error.message;
    throw error;
  }
  throw new Error('it opened');
};

test('a code opens once, and the secret is another 256 bits', () => {
  const { entry } = scene();
  const code = entry.code();
  const secret = entry.exchange(code);
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(secret).not.toBe(code);
  expect(entry.holds(secret)).toBe(true);
  expect(refusal(entry, code)).toBe('The link was used before, or was tried too often.');
});

test('a code is good for five minutes, and not a moment longer', () => {
  const { clock, entry } = scene();
  const code = entry.code();
  clock.now += CODE_LIFE_MS;
  expect(refusal(entry, code)).toBe('The link is older than 5 minutes.');
  clock.now -= 60_000;
  expect(refusal(entry, code)).toContain('used before');
  const next = entry.code();
  clock.now += CODE_LIFE_MS - 1;
  expect(entry.holds(entry.exchange(next))).toBe(true);
  expect(CODE_LIFE_MS).toBe(5 * 60 * 1000);
});

test('threat 104: after five wrong codes the right one opens nothing', () => {
  const { entry } = scene();
  const code = entry.code();
  for (let i = 0; i < MOST_TRIES; i++) expect(refusal(entry, `guess-${i}`)).toBe('That is not the code of the link.');
  expect(refusal(entry, code)).toContain('tried too often');
});

test('nothing opens before a code was made', () => {
  const { entry } = scene();
  expect(refusal(entry, '')).toContain('used before');
  for (const secret of ['', 'undefined', 'x'.repeat(43)]) expect(entry.holds(secret)).toBe(false);
});

test('threat 104: no other secret is held: the code, a part of it, another case, or one of before', () => {
  const { entry } = scene();
  const code = entry.code();
  const secret = entry.exchange(code);
  for (const wrong of [code, secret.slice(0, -1), `${secret}A`, secret.toUpperCase(), secret.toLowerCase(), ''])
    expect(entry.holds(wrong), wrong).toBe(false);
  const second = entry.exchange(entry.code());
  expect(entry.holds(secret)).toBe(false);
  expect(entry.holds(second)).toBe(true);
});

test('a fresh code ends the one before it', () => {
  const { entry } = scene();
  const first = entry.code();
  const second = entry.code();
  expect(refusal(entry, first)).toBe('That is not the code of the link.');
  expect(entry.holds(entry.exchange(second))).toBe(true);
});
