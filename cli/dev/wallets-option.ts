import type { Shape } from '#local/lab/plan-file.ts';
import { KeyturnError } from '#schemas/codes.ts';

const MAIN = 'treasury';
/** Each has a register of its own to be read, and money of the node. */
const MOST = 10;

const usage = (message: string): KeyturnError =>
  new KeyturnError('USAGE', `--wallets: ${message}`, { field: 'wallets' });

const namesIn = (text: string): readonly string[] => {
  if (/^[0-9]+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > MOST) throw usage(`must be a number from 1 to ${MOST}, or names`);
    return Array.from({ length: count - 1 }, (_, n) => `wallet-${n + 2}`);
  }
  const names = text.split(',').filter((name) => name !== MAIN);
  for (const name of names)
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
      throw usage('a name is a-z, 0-9 and -, at most 31. Separate names by commas');
  if (new Set(names).size < names.length) throw usage('a name stands twice');
  if (names.length >= MOST) throw usage(`a lab has at most ${MOST} wallets`);
  return names;
};

/** Names of the wallets besides treasury, which is always there. Throws USAGE, also where the law is not the lab's own. */
export const moreWalletsIn = (text: string | undefined, shape: Shape): readonly string[] => {
  if (text === undefined) return [];
  if (shape !== 'lab') throw usage(`--shape ${shape} has a law of its own: leave out one of the two`);
  return namesIn(text);
};
