import type { Deployment } from '#cli/app/deployment.ts';
import { timeText } from '#schemas/spellings.ts';
import type { overviewOf } from './overview.ts';
import { jsonOf } from './shown.ts';
import { turnJson } from './turns.ts';

export type Overview = Awaited<ReturnType<typeof overviewOf>>;

/** As status --json gives it (docs/json.md). */
export const deploymentJson = (
  { config: { law, lawHash }, lab }: Deployment,
  { lock, paused, stages, deadLetters, wallets }: Overview,
) => ({
  ok: true as const,
  name: law.name,
  lawHash,
  lab: lab !== undefined,
  register: jsonOf(lock, ({ words }) => words),
  paused: jsonOf(paused, (pause) => pause !== undefined),
  pause: jsonOf(paused, (pause) => (pause === undefined ? null : { reason: pause.reason, at: timeText(pause.at) })),
  open: jsonOf(stages, (counts) => counts),
  deadLetters: jsonOf(deadLetters, (count) => count),
  wallets: wallets.map(({ wallet, chainId, balance, next, turn, stopped, chainAhead }) => ({
    name: wallet.name,
    address: wallet.address,
    chainId,
    threshold: wallet.threshold,
    holders: wallet.holders.length,
    balanceWei: jsonOf(balance, String),
    nextNonce: jsonOf(next, String),
    turn: jsonOf(turn, turnJson),
    stopped: jsonOf(stopped, (stop) =>
      stop === undefined ? null : { id: stop.id, transactionHash: stop.transactionHash },
    ),
    chainAhead: jsonOf(chainAhead, (ahead) => ahead),
  })),
});
