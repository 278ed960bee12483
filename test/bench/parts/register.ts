import { both, figureOf, NEEDS_FULL, type Part, skipped } from '../bench.ts';

/** What a new turn reads of 10,000 sealed transactions, 20 a seal, before it seals another. */
export const register: Part = async (bench) => {
  const behind = await both(bench, 'register', '--seals', 500, '--per', 20);
  // A tenth of the target's rate: to write the whole history would take as long as the rest of the bench.
  const window = bench.full ? await both(bench, 'register', '--seals', 1_500, '--per', 20, '--days', 30) : undefined;
  return [
    figureOf('register.get', 'calls', behind, 'get'),
    figureOf('register.cpu', 'ms', behind, 'cpu'),
    figureOf('register.list', 'calls', behind, 'lists'),
    window === undefined
      ? skipped('register.window.get', 'calls', NEEDS_FULL)
      : figureOf('register.window.get', 'calls', window, 'get'),
  ];
};
