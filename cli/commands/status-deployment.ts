import { DONE } from '#cli/app/failure.ts';
import { bad, bold, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther } from '#cli/app/units.ts';
import { COUNTED_DEAD_LETTERS } from '#cli/operate/dead-letters.ts';
import { overviewOf, type RegisterLock, type Stop } from '#cli/operate/overview.ts';
import { deploymentJson } from '#cli/operate/overview-json.ts';
import type { Pause } from '#cli/operate/pause.ts';
import { shown } from '#cli/operate/shown.ts';
import { turnWords } from '#cli/operate/turns.ts';
import type { Seen } from '#core/decide/why.ts';
import { STAGES } from '#core/facts/marks.ts';
import { chainOf, type Law } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';

const lockWords =
  ({ register }: Law) =>
  ({ sound, words }: RegisterLock): Line => {
    if (!sound) return bad(words);
    return register.lock === 'off' ? warn(words) : words;
  };

const pauseWords = (pause: Pause | undefined): Line =>
  pause === undefined
    ? 'no'
    : [
        bad('PAUSED: nothing is signed'),
        ` since ${timeText(pause.at)}`,
        pause.reason === '' ? '' : `: ${pause.reason}`,
      ];

const deadLetterWords = (count: number, commandLine: Session['commandLine']): Line => {
  if (count === 0) return 'none';
  return [bad(`${count}${count === COUNTED_DEAD_LETTERS ? ' or more' : ''}`), `: ${commandLine('dead-letters')}`];
};

/** Only for people, who must act; what cannot be seen is not said twice. */
const troubleOf = (
  wallet: string,
  chain: string,
  stopped: Seen<Stop | undefined>,
  chainAhead: Seen<boolean>,
): Line[] => {
  const stop = 'value' in stopped ? stopped.value : undefined;
  if (stop !== undefined)
    return [
      [
        bad(`STOPPED: ${wallet} signs nothing on ${chain}`),
        `: ${stop.transactionHash}, which keyturn did not make, was mined in place of ${stop.id}. Find out who holds the key. A request with --replaces foreign ends the stop.`,
      ],
    ];
  if ('value' in chainAhead && chainAhead.value)
    return [
      [
        bad(`WAITS: ${wallet} on ${chain}`),
        ': the chain counts more of its transactions than the register. Somebody else signs with its key, or the node lies.',
      ],
    ];
  return [];
};

/** Everything about the deployment that can be seen at a glance. */
export const statusOfDeployment = async ({ out, deployment, clock, ports, commandLine }: Session): Promise<number> => {
  const { law, lawHash } = deployment.config;
  const overview = await out.during('reading the deployment', overviewOf(deployment, ports, clock.now()));
  const { lock, paused, stages, deadLetters, wallets } = overview;
  out.rows([
    { label: 'deployment', lines: [[bold(law.name), deployment.lab === undefined ? '' : ' (a lab on this machine)']] },
    { label: 'law', lines: [lawHash] },
    { label: 'register', lines: [shown(lock, lockWords(law))] },
    { label: 'paused', lines: [shown(paused, pauseWords)] },
    {
      label: 'open',
      lines: [
        shown(
          stages,
          (counts) =>
            STAGES.filter((stage) => counts[stage] > 0)
              .map((stage) => `${counts[stage]} ${stage}`)
              .join(', ') || 'nothing',
        ),
      ],
    },
    { label: 'dead letters', lines: [shown(deadLetters, (count) => deadLetterWords(count, commandLine))] },
  ]);
  out.line();
  out.table(
    ['wallet', 'address', 'chain', 'approvals', 'balance', 'next nonce', 'turn'],
    wallets.map(({ wallet, chainId, balance, next, turn }) => [
      wallet.name,
      wallet.address,
      chainOf(law, chainId)?.name ?? chainId,
      `${wallet.threshold} of ${wallet.holders.length}`,
      shown(balance, inEther),
      shown(next, (nonce) => `${nonce}`),
      shown(turn, turnWords),
    ]),
  );
  for (const { wallet, chainId, stopped, chainAhead } of wallets)
    for (const line of troubleOf(wallet.name, chainOf(law, chainId)?.name ?? chainId, stopped, chainAhead)) {
      out.line();
      out.line(line);
    }
  out.result('status', { ...deploymentJson(deployment, overview), config: deployment.path });
  return DONE;
};
