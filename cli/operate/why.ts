import type { Deployment } from '#cli/app/deployment.ts';
import { type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { type Mining, miningOf } from '#cli/request/timeline.ts';
import { initiatorsIn, initiatorWords } from '#cli/request/votes.ts';
import { type Seen, type SeenRequest, type Why, whyOf } from '#core/decide/why.ts';
import { whyNext, whySentence } from '#core/decide/why-words.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { markOf } from '#core/facts/marks.ts';
import { standingStops } from '#core/facts/stops.ts';
import { listAll, readFact } from '#core/facts/store.ts';
import { type NotedWaits, type Wait, waitAt } from '#core/facts/wait.ts';
import type { Storage } from '#core/ports.ts';
import { registerProblems } from '#core/register/lock.ts';
import { openObject, PAUSED_OBJECT, requestFolder, waitingOf } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { waitAboutOf, waitTextsOf } from '#schemas/wait-about.ts';
import { seen } from './overview.ts';
import { newestTurnOf, type Turn } from './turns.ts';

const NOT_ASKED = { unseen: '' } as const;

const notedIn = async (
  storage: Storage,
  { buckets }: Deployment,
  { id, wallet }: Pick<Picture, 'id' | 'wallet'>,
): Promise<NotedWaits> => {
  const object = await storage.stat(buckets.work, openObject(wallet.name, id));
  const mark = object === undefined ? undefined : markOf(object);
  return { wait: mark?.wait, held: mark?.held };
};

const announcedIn = async (storage: Storage, { buckets: { results } }: Deployment, id: string) => {
  const objects = await listAll(storage, results, requestFolder(id));
  const facts = await Promise.all(
    objects
      .filter(({ name }) => waitingOf(name) !== undefined)
      .map((object) => readFact(storage, { kind: 'waiting', bucket: results, name: object.name }, object)),
  );
  return facts.flatMap((stored): Wait[] =>
    stored === undefined
      ? []
      : [waitAt({ code: stored.fact.code, ...waitAboutOf(stored.fact) }, stored.object.timeCreated)],
  );
};

/** Who may list only some of the share locations does not know how many approved. */
const approvalsIn = ({ votes, needed }: Picture): SeenRequest['approvals'] => {
  if (votes.some(({ answer }) => answer === 'hidden')) return { unseen: 'PERMISSION_DENIED' };
  const count = (...answers: readonly string[]) => votes.filter(({ answer }) => answers.includes(answer)).length;
  return { value: { have: count('approved'), need: needed, possible: votes.length - count('rejected', 'initiator') } };
};

const minedIn = (mining: Mining): SeenRequest['minedIn'] => {
  switch (mining.kind) {
    case 'unsent':
      return NOT_ASKED;
    case 'unknown':
      return { unseen: mining.code };
    case 'waiting':
    case 'displaced':
      return { value: undefined };
    case 'mined':
      return { value: mining.receipt.blockNumber };
    default:
      return mining satisfies never;
  }
};

/** What was asked already, so that nothing is asked twice. */
export interface Asked {
  readonly mining: Mining;
  readonly turn: Seen<Turn | undefined>;
}

/** What may also be seen of a request: the open mark, pause, stop, register. Each part as far as this identity may. */
const seenOf = async (
  { ports, deployment }: Session,
  { picture, facts }: { readonly picture: Picture; readonly facts: RequestFacts },
  { mining, turn }: Asked,
): Promise<SeenRequest> => {
  const storage = await ports.storage();
  const { work, register } = deployment.buckets;
  const { id, stage, request } = picture;
  const when = <T>(isAsked: boolean, ask: () => Promise<T>): Promise<Seen<T>> | typeof NOT_ASKED =>
    isAsked ? seen(ask()) : NOT_ASKED;
  const isApproved = stage === 'approved';
  const isOpen = stage !== 'decided';
  const [noted, isPaused, isStopped, isRegisterSound] = await Promise.all([
    when(isOpen, () => notedIn(storage, deployment, picture)),
    when(isApproved, async () => (await storage.stat(work, PAUSED_OBJECT)) !== undefined),
    when(isApproved && request.replaces !== 'foreign', async () => {
      const stops = await standingStops(storage, work, picture.wallet.name, request.chainId);
      return stops.length > 0;
    }),
    when(
      isApproved,
      async () => registerProblems(await storage.settings(register), deployment.config.law).length === 0,
    ),
  ]);
  return {
    facts,
    approvals: stage === 'accepted' ? approvalsIn(picture) : NOT_ASKED,
    noted,
    announced: await when(isOpen && 'unseen' in noted, () => announcedIn(storage, deployment, id)),
    isPaused,
    isStopped,
    isRegisterSound,
    turn: isApproved ? turn : NOT_ASKED,
    minedIn: minedIn(mining),
  };
};

const PARTS: Readonly<Record<Exclude<keyof SeenRequest, 'facts'>, string>> = {
  approvals: 'approvals of all co-signers',
  noted: 'open mark',
  announced: 'announcements',
  isPaused: 'pause',
  isStopped: 'stops',
  isRegisterSound: 'lock of the register',
  turn: 'turns',
  minedIn: 'chain',
};

/** What a request waits for, as a person is told of it. */
export interface Told {
  readonly why: Why;
  readonly sentence: string;
  /** To be pasted. */
  readonly next: string;
  /** Whose shares do not count, since the law ties the requester to them; none unless approvals are missing. */
  readonly initiators: readonly string[];
  /** What was asked and could not be seen, each with a code. */
  readonly unseen: readonly { readonly part: string; readonly code: string }[];
}

/** Whoever runs these is bound by the request that they name. So they are printed with the whole id. */
const BINDING: ReadonlySet<string> = new Set(['approve', 'cancel', 'withdraw']);

const printed = (command: string, id: string): string =>
  BINDING.has(command.split(' ')[0] ?? '') ? command : command.replace(id, id.slice(0, 8));

/** Whether it is known that this reader may not end a pause. Who gave no name may be anybody. */
const mayNotResume = (me: string | undefined): boolean => me !== undefined && me !== 'operator' && me !== 'dev';

const nextFor = ({ me, commandLine }: Session, why: Why, { id, stage, votes }: Picture): string => {
  const mine = votes.find(({ coSigner }) => coSigner === me)?.answer;
  if (why.kind === 'waits' && why.code === 'NOT_ENOUGH_SHARES' && (mine === 'none' || mine === 'unverified'))
    return commandLine(`approve ${id} --as ${me}`);
  const next = whyNext(why, { id, isSealed: stage === 'submitted' });
  // Somebody else ends it: what is left to do is to look on.
  return commandLine(next === 'resume' && mayNotResume(me) ? `status ${id.slice(0, 8)} --follow` : printed(next, id));
};

/** Why a request is not over, or how it ended. `asked`: of the chain and the turns, where the caller knows already. */
export const tellWhy = async (
  session: Session,
  request: { readonly picture: Picture; readonly facts: RequestFacts },
  asked?: Asked,
): Promise<Told> => {
  const { ports, deployment, clock } = session;
  const { picture, facts } = request;
  const now = clock.now();
  const known = asked ?? {
    mining: facts.outcome === undefined ? await miningOf(facts, ports.chains) : { kind: 'unsent' },
    turn: await seen(newestTurnOf(deployment, ports, picture.wallet.name, now)),
  };
  const parts = await seenOf(session, request, known);
  const why = whyOf(parts, now);
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const unseen = names.flatMap((name) => {
    const part = parts[name];
    return 'unseen' in part && part.unseen !== '' ? [{ part: PARTS[name], code: part.unseen }] : [];
  });
  const isShort = why.kind === 'waits' && (why.code === 'NOT_ENOUGH_SHARES' || why.code === 'SHARE_UNREACHABLE');
  const initiators = isShort ? initiatorsIn(picture) : [];
  return { why, sentence: whySentence(why), next: nextFor(session, why, picture), initiators, unseen };
};

const SOURCES = { noted: 'as noted at', announced: 'as announced at' } as const;

/** How it is known, and what could not be seen. */
export const sourceLines = ({ why, initiators, unseen }: Told): readonly Line[] => {
  const lines: Line[] = [];
  if (initiators.length > 0) lines.push(warn(initiatorWords(initiators)));
  if (why.kind === 'decided' && why.outcome.reason !== '') lines.push(`${why.outcome.code}: ${why.outcome.reason}`);
  if (why.kind === 'waits' && why.at !== undefined && (why.by === 'noted' || why.by === 'announced'))
    lines.push(`${SOURCES[why.by]} ${timeText(why.at)}`);
  if (why.kind === 'waits' && why.by === 'assumed') lines.push(warn('nothing that says more can be seen from here'));
  if (unseen.length > 0)
    lines.push(warn(`could not be seen: ${unseen.map(({ part, code }) => `${part} (${code})`).join(', ')}`));
  return lines;
};

/** As --json shows it. */
export const whyJson = ({ why, sentence, next, initiators, unseen }: Told) => ({
  state: why.kind,
  code: why.kind === 'waits' ? why.code : why.kind === 'decided' ? why.outcome.code : '',
  sentence,
  next,
  by: why.kind === 'waits' ? why.by : null,
  at: why.kind === 'waits' && why.at !== undefined ? timeText(why.at) : null,
  about: why.kind === 'waits' ? waitTextsOf(why.about) : {},
  initiators,
  unseen,
});
