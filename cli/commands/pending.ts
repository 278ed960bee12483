import type { Command } from 'commander';
import { type BookLaw, beside, bookOf } from '#cli/addresses/book.ts';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, dim, good, type Line, plainText, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther, spanText } from '#cli/app/units.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { backingJson, backingLine, backingWord, type Checker, checkerOf } from '#cli/operate/backing.ts';
import { mapSome, openIds } from '#cli/request/open-ids.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { pictureOf, shortIds } from '#cli/request/requests.ts';
import { initiatorsIn } from '#cli/request/votes.ts';
import type { Backing } from '#core/decide/backing.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import { validUntilMs } from '#schemas/request.ts';

export interface PendingOptions {
  readonly wallet?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'List the requests that are not decided yet: the signed ones first, and of each kind the most urgent first.',
    )
    .option('--wallet <name>', 'only requests of this wallet')
    .action((options: PendingOptions) => inSession(cli, command, 'co-signer', (session) => run(session, options)));
  examples(command, [
    ['pending', 'all that wait'],
    ['pending --as bob --wallet treasury', 'and what Bob has answered'],
  ]);
};

/** `backing`: what stands behind its outcome, where it has one. */
type Waiting = Picture & { readonly backing: Backing | undefined };
/** An open request, or an id that cannot be trusted and why; nothing where it is not accepted yet or decided by now. */
type Open = Waiting | { readonly id: string; readonly broken: KeyturnError } | undefined;

/** Whoever makes up an outcome takes nothing off this list: only a close or the chain does. */
const isOver = (backing: Backing | undefined): boolean => backing?.kind === 'close' || backing?.kind === 'chain';

const openRequest = async (session: Session, checker: Checker, id: string): Promise<Open> => {
  try {
    const storage = await session.ports.storage();
    const { picture, facts } = await pictureOf(storage, session.deployment, id, session.clock.now());
    const backing = await checker.outcome(facts);
    return isOver(backing) ? undefined : { ...picture, backing };
  } catch (error) {
    if (isKeyturnError(error, 'NOT_FOUND')) return undefined;
    // One request that somebody altered must not hide the others.
    if (isKeyturnError(error) && ['ID_MISMATCH', 'UNKNOWN_WALLET', 'MALFORMED'].includes(error.code))
      return { id, broken: error };
    throw error;
  }
};

const bareSummary = ({ to, value, data }: Picture['request']): string => {
  const money = inEther(BigInt(value));
  if (to === '') return `create a contract${value === '0' ? '' : ` with ${money}`}`;
  if (data === '0x') return `send ${money} to ${to}`;
  return `call ${to}${value === '0' ? '' : ` with ${money}`}`;
};

/** In few words, and with the whole address: shortened ones are easily forged. Its name in the law stands beside it. */
export const summary = (request: Picture['request'], law: BookLaw): string =>
  plainText(beside(bareSummary(request), bookOf(law, request.chainId)));

const mineOf = (picture: Picture, me: string | undefined): Line => {
  const answer = picture.votes.find(({ coSigner }) => coSigner === me)?.answer;
  if (answer === 'approved') return good('approved');
  if (answer === 'rejected' || answer === 'bad') return bad(answer);
  if (answer === 'initiator') return warn('does not count: you asked');
  if (answer === 'unverified') return warn(answer);
  return answer === 'none' ? warn('no answer') : dim('—');
};

const stageOf = ({ stage, outcome, backing }: Waiting): Line =>
  outcome === undefined || backing === undefined ? stage : [`${outcome.outcome}? `, backingWord(backing)].flat();

const approvals = ({ votes }: Picture): number => votes.filter(({ answer }) => answer === 'approved').length;
/** Anybody can publish unsigned requests in any number: they must not hide those that somebody stands for. */
const isSigned = ({ signer }: Picture): boolean => signer === 'verified';
const until = ({ request }: Picture): number => validUntilMs(request);

export const run = async (session: Session, options: PendingOptions): Promise<number> => {
  const { out, deployment, clock, me } = session;
  if (options.wallet !== undefined) walletGiven(deployment.config.law, options.wallet);
  const now = clock.now();
  const checker = checkerOf(session);
  const ids = await openIds(await session.ports.storage(), deployment);
  const found = await out.during(
    `reading ${ids.length} requests`,
    mapSome(ids, (id) => openRequest(session, checker, id)),
  );
  const broken = found.flatMap((one) => (one !== undefined && 'broken' in one ? [one] : []));
  const open = found
    .flatMap((one) => (one !== undefined && !('broken' in one) ? [one] : []))
    .filter(({ wallet }) => options.wallet === undefined || wallet.name === options.wallet)
    .sort((a, b) => Number(isSigned(b)) - Number(isSigned(a)) || until(a) - until(b));
  const short = shortIds(ids);
  if (open.length === 0) out.line('Nothing waits.');
  else
    out.table(
      ['id', 'wallet', 'asks', 'stage', 'approvals', 'time left', me ?? 'you'],
      open.map((picture) => [
        short.get(picture.id) ?? picture.id,
        picture.wallet.name,
        summary(picture.request, picture.law),
        stageOf(picture),
        [
          `${approvals(picture)} of ${picture.needed}`,
          ...initiatorsIn(picture).map((name) => warn(`, without ${name}, who asked`)),
        ],
        until(picture) > now ? spanText(until(picture) - now) : bad('expired'),
        mineOf(picture, me),
      ]),
    );
  for (const { id, backing } of open)
    if (backing !== undefined) out.line([`${short.get(id)}: its outcome is `, backingLine(backing)].flat());
  for (const { id, broken: error } of broken) out.line(bad(`${short.get(id)} ${error.code}: ${error.message}`));
  out.result('pending', {
    ok: true,
    requests: open.map((picture) => ({
      id: picture.id,
      wallet: picture.wallet.name,
      asks: summary(picture.request, picture.law),
      stage: picture.stage,
      outcome: picture.outcome ?? null,
      backing: picture.backing === undefined ? null : backingJson(picture.backing),
      approvals: approvals(picture),
      needed: picture.needed,
      initiators: initiatorsIn(picture),
      signed: isSigned(picture),
      validUntil: picture.request.validUntil,
      mine: picture.votes.find(({ coSigner }) => coSigner === me)?.answer ?? null,
      request: picture.request,
    })),
    broken: broken.map(({ id, broken: error }) => ({ id, code: error.code, message: error.message })),
  });
  return DONE;
};
