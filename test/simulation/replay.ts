import { cacheSignatureChecks, replaceRandomness } from './cached-crypto.ts';
import { type Leaving, NOTHING_LEFT_OUT } from './call-faults.ts';
import { type Identities, newIdentities } from './cloud.ts';
import { type HistoryResult, runHistory } from './history.ts';
import type { Profile } from './profiles.ts';

const MOST_TRIES = 300;

/** The same failure with as little as possible: no odd order, fewer requests, fewer faults, each left out while the same promise breaks. */
const shrink = async (first: HistoryResult, run: (leaving: Leaving) => Promise<HistoryResult>): Promise<Leaving> => {
  let best = NOTHING_LEFT_OUT;
  let left = MOST_TRIES;
  const still = async (leaving: Leaving): Promise<boolean> => {
    if (left-- <= 0) return false;
    const fails = (await run(leaving)).violation?.invariant === first.violation?.invariant;
    if (fails) best = leaving;
    return fails;
  };
  await still({ ...best, faultsFrom: 0 });
  for (let upper = first.faults; best.faultsFrom > 0 && upper > 0; upper = Math.floor(upper / 2))
    if (!(await still({ ...best, faultsFrom: upper }))) break;
  await still({ ...best, calmOrder: true });
  for (let n = 0; n < first.requests; n++) await still({ ...best, requests: new Set([...best.requests, n]) });
  const most = Math.min(first.faults, best.faultsFrom);
  for (let size = Math.max(1, most >> 1); size >= 1 && best.faultsFrom > 0; size = size === 1 ? 0 : size >> 1)
    for (let from = 0; from < most; from += size) {
      const more = Array.from({ length: Math.min(size, most - from) }, (_, i) => from + i);
      if (more.every((each) => best.faults.has(each))) continue;
      await still({ ...best, faults: new Set([...best.faults, ...more]) });
    }
  return best;
};

/** Tells one history, shrunk if it fails. Answers the exit code. */
export const replay = async (
  profile: Profile,
  seed: string,
  options: { readonly shrink: boolean },
): Promise<number> => {
  const identities: Identities = await newIdentities();
  cacheSignatureChecks();
  replaceRandomness();
  const first = await runHistory(profile, seed, identities);
  const again = await runHistory(profile, seed, identities);
  if (first.print !== again.print) console.log('THIS SEED DOES NOT REPLAY: something is random that should not be');
  const leaving =
    first.violation !== undefined && options.shrink
      ? await shrink(first, (tried) => runHistory(profile, seed, identities, tried))
      : NOTHING_LEFT_OUT;
  const told = await runHistory(profile, seed, identities, leaving, true);
  for (const line of told.story) console.log(line);
  const kept = Math.max(0, Math.min(first.faults, leaving.faultsFrom) - leaving.faults.size);
  console.log(
    `\n${profile.name}, seed ${seed}: ${told.violation?.text ?? 'every promise held'} (${told.steps} steps; at most ${kept} of ${first.faults} faults kept)`,
  );
  return told.violation === undefined ? 0 : 1;
};
