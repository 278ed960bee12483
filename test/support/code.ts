import { expect } from 'vitest';
import { type Code, KeyturnError } from '#schemas/codes.ts';

/** The KeyturnError that `run` throws. Fails where it throws nothing, or anything else. */
export const thrownBy = (run: () => unknown): KeyturnError => {
  try {
    run();
  } catch (error) {
    if (error instanceof KeyturnError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

/** Asserts code, field and words at once, so that no bad input passes for the wrong reason. */
export const expectRefusal = (run: () => unknown, code: Code, field: string | undefined, words: RegExp): void => {
  const error = thrownBy(run);
  expect({ code: error.code, field: error.field }).toEqual({ code, field });
  expect(error.message).toMatch(words);
};
