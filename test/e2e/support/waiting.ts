import { setTimeout as pause } from 'node:timers/promises';

/** ms. A lab answers in a few seconds; what takes this long is stuck. */
const PATIENCE = 45_000;
const LOOK_EVERY = 25;

/**
 * What `look` finds, as soon as it finds something other than undefined and false. Throws, naming `what` and whatever `why` adds, when it
 * takes too long.
 */
export const waitFor = async <T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly patience?: number; readonly why?: () => string } = {},
): Promise<T> => {
  const { patience = PATIENCE, why = () => '' } = options;
  const until = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > until) throw new Error(`waited ${patience} ms for ${what}\n${why()}`);
    await pause(LOOK_EVERY);
  }
};
