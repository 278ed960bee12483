import { type BookLaw, beside, bookOf } from '#cli/addresses/book.ts';
import { bad, dim, good, type Line, plainText, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { inEther } from '#cli/app/units.ts';
import { mapSome, openIds } from '#cli/request/open-ids.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { pictureOf, shortIds } from '#cli/request/requests.ts';
import { initiatorsIn } from '#cli/request/votes.ts';
import type { Backing } from '#core/decide/backing.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import { validUntilMs } from '#schemas/request.ts';
import { backingJson, backingWord, type Checker, checkerOf } from './backing.ts';

/** `backing`: what stands behind its outcome, where it has one. */
export type Waiting = Picture & { readonly backing: Backing | undefined; readonly facts: RequestFacts };
/** An open request, or an id that cannot be trusted and why; nothing where it is not accepted yet or decided by now. */
type Open = Waiting | { readonly id: string; readonly broken: KeyturnError } | undefined;

/** Whoever makes up an outcome takes nothing off this list: only a close or the chain does. */
const isOver = (backing: Backing | undefined): boolean => backing?.kind === 'close' || backing?.kind === 'chain';

const openRequest = async (session: Session, checker: Checker, id: string): Promise<Open> => {
  try {
    const storage = await session.ports.storage();
    const { picture, facts } = await pictureOf(storage, session.deployment, id, session.clock.now());
    const backing = await checker.outcome(facts);
    return isOver(backing) ? undefined : { ...picture, backing, facts };
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

export const mineOf = (picture: Picture, me: string | undefined): Line => {
  const answer = picture.votes.find(({ coSigner }) => coSigner === me)?.answer;
  if (answer === 'approved') return good('approved');
  if (answer === 'rejected' || answer === 'bad') return bad(answer);
  if (answer === 'initiator') return warn('does not count: you asked');
  if (answer === 'unverified') return warn(answer);
  return answer === 'none' ? warn('no answer') : dim('—');
};

export const stageOf = ({ stage, outcome, backing }: Waiting): Line =>
  outcome === undefined || backing === undefined ? stage : [`${outcome.outcome}? `, backingWord(backing)].flat();

export const approvals = ({ votes }: Picture): number => votes.filter(({ answer }) => answer === 'approved').length;
/** Anybody can publish unsigned requests in any number: they must not hide those that somebody stands for. */
export const isSigned = ({ signer }: Picture): boolean => signer === 'verified';
export const until = ({ request }: Picture): number => validUntilMs(request);

export interface OpenRequests {
  /** The signed ones first, and of each kind the most urgent first. */
  readonly open: readonly Waiting[];
  readonly broken: readonly { readonly id: string; readonly broken: KeyturnError }[];
  /** Beginnings that tell all of them apart. */
  readonly short: ReadonlyMap<string, string>;
}

/** Every request that is not decided, of `wallet` alone where it is named. Throws what Storage throws. */
export const openRequests = async (session: Session, wallet: string | undefined): Promise<OpenRequests> => {
  const checker = checkerOf(session);
  const ids = await openIds(await session.ports.storage(), session.deployment);
  const found = await mapSome(ids, (id) => openRequest(session, checker, id));
  const broken = found.flatMap((one) => (one !== undefined && 'broken' in one ? [one] : []));
  const open = found
    .flatMap((one) => (one !== undefined && !('broken' in one) ? [one] : []))
    .filter((one) => wallet === undefined || one.wallet.name === wallet)
    .sort((a, b) => Number(isSigned(b)) - Number(isSigned(a)) || until(a) - until(b));
  return { open, broken, short: shortIds(ids) };
};

/** As --json shows it. */
export const openJson = (picture: Waiting, me: string | undefined) => ({
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
});
