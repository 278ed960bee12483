import fc from 'fast-check';

/**
 * fast-check with a fixed seed: a change is judged by what it changed, so the same cases run each time.
 * KEYTURN_SEED=random looks at new cases, KEYTURN_SEED=<number> at those of a failure that was reported.
 */
const SEED = 20_261_128;
const asked = process.env.KEYTURN_SEED;
const seed = asked === undefined ? SEED : Number(asked);
if (asked !== 'random' && !Number.isSafeInteger(seed))
  throw new RangeError('KEYTURN_SEED must be a whole number, or the word random');
if (asked !== 'random') fc.configureGlobal({ seed });

export default fc;
