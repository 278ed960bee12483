import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold, dim, type Line, type Row, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther } from '#cli/app/units.ts';
import { backingJson, backingLine, checkerOf } from '#cli/operate/backing.ts';
import { COUNTED_DEAD_LETTERS } from '#cli/operate/dead-letters.ts';
import { overviewOf, type RegisterLock, type Stop, seen } from '#cli/operate/overview.ts';
import type { Pause } from '#cli/operate/pause.ts';
import { newestTurnOf, turnJson, turnWords } from '#cli/operate/turns.ts';
import { sourceLines, tellWhy, whyJson } from '#cli/operate/why.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { outcomeLine, type Picture, voteLine } from '#cli/request/render-request.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { idGiven } from '#cli/request/stored-requests.ts';
import { miningLines, miningOf, stepLines, stepsOf } from '#cli/request/timeline.ts';
import { voteJson } from '#cli/request/votes.ts';
import { waitJson } from '#cli/request/wait-json.ts';
import type { Seen } from '#core/decide/why.ts';
import { markOf, STAGES } from '#core/facts/marks.ts';
import type { Wait } from '#core/facts/wait.ts';
import { CODES } from '#schemas/codes.ts';
import { chainOf, type Law } from '#schemas/config.ts';
import { openObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

export const define = (command: Command, cli: CliContext): void => {
  command
    .description('Show what became of a request. Without an id, show the state of the whole deployment.')
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--reference <text>', 'instead of an id: the one request with this reference')
    .action((id: string | undefined, options: { readonly reference?: string }) =>
      inSession(cli, command, 'operator', (session) => run(session, id, options.reference)),
    );
  examples(command, [
    ['status', 'wallets, open requests, turns'],
    ['status 3f2a91bc', 'its stages with times, its transaction, its outcome'],
  ]);
};

const unseenWords = (code: string): string => (code === 'PERMISSION_DENIED' ? 'not yours to see' : `(${code})`);

const shown = <T>(part: Seen<T>, words: (value: T) => Line): Line =>
  'value' in part ? words(part.value) : dim(`— ${unseenWords(part.unseen)}`);
const jsonOf = <T, R>(part: Seen<T>, value: (value: T) => R): R | { unseen: string } =>
  'value' in part ? value(part.value) : { unseen: part.unseen };

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

/** What the newest turn noted of an approved request in its open mark. */
const waitOf = async ({ ports, deployment }: Session, { id, wallet, stage }: Picture): Promise<Wait | undefined> => {
  if (stage !== 'approved') return undefined;
  const object = await (await ports.storage()).stat(deployment.buckets.work, openObject(wallet.name, id));
  return object === undefined ? undefined : markOf(object)?.wait;
};

const ofRequest = async (session: Session, id: string): Promise<number> => {
  const { out, deployment, clock, ports, commandLine } = session;
  const storage = await ports.storage();
  const { picture, facts } = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const [mining, newest, wait] = await out.during(
    'asking the chain',
    Promise.all([
      miningOf(facts, ports.chains),
      seen(newestTurnOf(deployment, ports, picture.wallet.name, clock.now())),
      seen(waitOf(session, picture)),
    ]),
  );
  const why = await out.during('asking', tellWhy(session, { picture, facts }, { mining, turn: newest }));
  const backing = await out.during('checking', checkerOf(session).outcome(facts));
  const steps = stepsOf(facts, picture.votes);
  const { outcome } = picture;
  // The newest one of the wallet. It is no news of a request that no turn has taken up, or none will.
  const turn = picture.stage === 'approved' || picture.stage === 'submitted' ? newest : undefined;
  const rows: Row[] = [
    { label: 'id', lines: [id] },
    { label: 'wallet', lines: [picture.wallet.name] },
    { label: 'asks', lines: actionLines(picture.request, picture.law) },
    { label: 'so far', lines: stepLines(steps) },
    {
      label: 'approvals',
      lines: [
        `${picture.votes.filter(({ answer }) => answer === 'approved').length} of ${picture.needed}`,
        ...picture.votes.map(voteLine),
      ],
    },
    {
      label: 'waits',
      lines:
        why.why.kind === 'waits'
          ? [[warn(why.why.code), `: ${why.sentence}`], CODES[why.why.code].advice, ...sourceLines(why)]
          : [],
    },
    { label: 'chain', lines: miningLines(mining) },
    { label: 'turn', lines: turn === undefined ? [] : [shown(turn, turnWords)] },
    {
      label: outcome === undefined ? 'stage' : 'outcome',
      lines: [outcome === undefined ? picture.stage : outcomeLine(outcome)],
    },
    { label: 'checked', lines: backing === undefined ? [] : [backingLine(backing)] },
  ];
  out.rows(rows.filter(({ lines }) => lines.length > 0));
  if (outcome === undefined && why.next !== commandLine(`status ${id.slice(0, 8)}`))
    out.line(['Next: ', bold(why.next)]);
  out.result('status', {
    ok: true,
    id,
    wallet: picture.wallet.name,
    stage: picture.stage,
    steps: steps.map(({ at, what, detail }) => ({ at: timeText(at), what, detail })),
    approvedBy: facts.submitted?.fact.approvedBy ?? facts.approved?.fact.coSigners ?? [],
    votes: picture.votes.map(voteJson),
    needed: picture.needed,
    nonce: facts.submitted?.fact.nonce ?? null,
    transactionHashes: facts.submitted?.fact.transactionHashes ?? [],
    mining,
    wait: jsonOf(wait, (value) => (value === undefined ? null : waitJson(value))),
    why: whyJson(why),
    turn: turn === undefined ? null : jsonOf(turn, turnJson),
    outcome: outcome ?? null,
    backing: backing === undefined ? null : backingJson(backing),
  });
  return DONE;
};

const ofDeployment = async ({ out, deployment, clock, ports, commandLine }: Session): Promise<number> => {
  const { law, lawHash } = deployment.config;
  const { lock, paused, stages, deadLetters, wallets } = await out.during(
    'reading the deployment',
    overviewOf(deployment, ports, clock.now()),
  );
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
  out.result('status', {
    ok: true,
    name: law.name,
    lawHash,
    lab: deployment.lab !== undefined,
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
  return DONE;
};

export const run = async (session: Session, given: string | undefined, reference?: string): Promise<number> =>
  given === undefined && reference === undefined
    ? ofDeployment(session)
    : ofRequest(session, await idGiven(session, given, reference));
