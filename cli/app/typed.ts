import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from './shell.ts';

/** The wrapper at the top of the checkout. */
export const WRAPPER = fileURLToPath(new URL('../../keyturn', import.meta.url));

/**
 * How a person in `folder` types the wrapper, so that what is printed can be pasted. It is `./keyturn` or `../keyturn` where the way leads
 * straight down or up, else its absolute path. It is quoted where a shell needs that. Both paths absolute.
 */
export const typedIn = (folder: string, wrapper = WRAPPER): string => {
  const steps = relative(folder, wrapper).split(sep);
  const up = steps.filter((step) => step === '..').length;
  const straight = up === 0 || up === steps.length - 1;
  const way = steps.join('/');
  if (!straight || isAbsolute(way)) return shellWord(wrapper);
  return shellWord(up === 0 ? `./${way}` : way);
};
