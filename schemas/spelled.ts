import { z } from 'zod';
import type { Spelling } from './spellings.ts';

/** A text in one of the spellings, for zod: the issue says what is wrong in the spelling's own words. */
export const spelled = (spelling: Spelling) =>
  z.string().superRefine((text, context) => {
    const problem = spelling(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
