import type { ForkHint } from '#adapters/chain/hints.ts';
import { FORK_MARGIN_MS } from '#core/transaction/forks.ts';
import { textsOf } from '#core/transaction/gas-schedule.ts';
import { chainOf } from '#schemas/config.ts';
import { type Fork, gasRulesOf } from '#schemas/gas-rules.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Check, type Findings, type Found, ok, unchecked, warned } from './finding.ts';

const SET_DATE = 'Put the date into law.chains.forks: from a day before it, requests must satisfy both schedules.';

const dateOf = ({ name, at }: Fork): string => (at === undefined ? `${name}` : `${name} from ${timeText(at)}`);

/** The forks after the first, as the law names them. */
const wordsOf = (forks: readonly Fork[]): string => forks.map(dateOf).join(', ');

/**
 * What the law says of a chain's forks beside what a node does. A node names no fork, and may lie: its word is a hint for the people who write
 * the law. `now` in ms.
 */
export const forkFinding = (chain: string, forks: readonly Fork[], hint: ForkHint | undefined, now: number): Found => {
  const known = `${chain}: the law counts ${wordsOf(forks)}`;
  if (hint === undefined) return unchecked(`${known}; its node tells nothing of forks (eth_config)`);
  const newest = forks.at(-1);
  const due = newest?.at;
  const next = hint.next?.blobsOnly === true ? undefined : hint.next;
  if (newest !== undefined && due !== undefined && due <= now - FORK_MARGIN_MS && hint.since < due)
    return warned(
      `${known}, but the newest fork of its node is of ${timeText(hint.since)}`,
      'Correct the date in law.chains.forks, or ask the provider whether the node is up to date.',
    );
  if (next === undefined)
    return due !== undefined && due > now
      ? warned(`${known}, but its node knows of none to come`, 'Was it put off? Correct law.chains.forks.')
      : ok(`${known}; its node knows of no other`);
  const announced = `${known}; its node announces a fork at ${timeText(next.at)}`;
  if (due === next.at) return ok(announced);
  if (forks.length === 1)
    return warned(
      announced,
      `If it changes gas, add it: this version knows amsterdam (${textsOf('amsterdam').join(', ')}).`,
    );
  return warned(announced, due === undefined ? SET_DATE : 'The law has another date: correct law.chains.forks.');
};

export const forkCheck: Check = {
  area: 'forks',
  look: async ({ deployment, ports, clock }) => {
    const { law } = deployment.config;
    const ids = [...new Set(law.wallets.flatMap(({ chains }) => chains.map(({ chainId }) => chainId)))];
    const found = await Promise.all(
      ids.map(async (chainId): Promise<Findings> => {
        const chain = chainOf(law, chainId);
        if (chain === undefined) return [];
        const hint = await (await ports.hints(chainId)).forks();
        return [forkFinding(`chain ${chainId}`, gasRulesOf(chain).forks, hint, clock.now())];
      }),
    );
    return found.flat();
  },
};
