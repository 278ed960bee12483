import { addressesJson } from '#cli/addresses/who.ts';
import { plainText } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { explained } from '#cli/request/clear-of.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import { actionLines } from '#cli/request/render-action.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { roomJson } from '#cli/request/render-room.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { simulationJson } from '#cli/request/simulation.ts';
import { readingJson, type Told } from '#cli/request/told.ts';
import { voteJson } from '#cli/request/votes.ts';
import { warningTexts } from '#cli/request/warnings.ts';
import type { Backing } from '#core/decide/backing.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { validUntilMs } from '#schemas/request.ts';
import { backingJson, checkerOf } from './backing.ts';

/** One request as its reader is shown it: whether in a terminal, for a program, or on a page. */
export interface RequestView {
  readonly picture: Picture;
  readonly facts: RequestFacts;
  /** What stands behind its outcome; undefined where it has none. */
  readonly backing: Backing | undefined;
}

/** Throws as `pictureOf`. `abi`: of --abi. */
export const viewOf = async (session: Session, id: string, abi?: string): Promise<RequestView> => {
  const { out, deployment, clock } = session;
  const storage = await session.ports.storage();
  const found = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture, abi);
  const backing = await out.during('checking', checkerOf(session).outcome(found.facts));
  return { picture, facts: found.facts, backing };
};

/** What to type next; undefined where nothing is left to do for this person. */
const nextCommand = (
  picture: Picture,
  me: string | undefined,
  commandLine: Session['commandLine'],
): string | undefined => {
  const { id, stage, votes, now, request, verdict } = picture;
  const short = id.slice(0, 8);
  const mine = votes.find(({ coSigner }) => coSigner === me);
  const timely = validUntilMs(request) > now;
  const open = (stage === 'accepted' || stage === 'approved') && timely && verdict.kind === 'allowed';
  if (open && me === undefined) return commandLine(`approve ${id} --as NAME`);
  if (open && (mine?.answer === 'none' || mine?.answer === 'unverified'))
    return commandLine(`approve ${id} --as ${me}`);
  if (open && mine?.answer === 'bad') return commandLine(`approve ${id} --as ${me} --again`);
  return stage === 'decided' ? undefined : commandLine(`status ${short}`);
};

/** As show --json gives it (docs/json.md). `reading`: of its picture. */
export const viewJson = (
  { me, commandLine }: Pick<Session, 'me' | 'commandLine'>,
  { picture, backing }: RequestView,
  reading: readonly Told[],
) => {
  const { id } = picture;
  const { stops } = explained(picture).clear;
  return {
    ok: stops.length === 0,
    id,
    words: wordsOf(id),
    wallet: picture.wallet.name,
    address: picture.wallet.address,
    stage: picture.stage,
    asks: actionLines(picture.request, picture.law, picture.verdict).map(plainText),
    request: picture.request,
    signer: picture.signer,
    policy: picture.verdict,
    needed: picture.needed,
    votes: picture.votes.map(voteJson),
    gasProblems: picture.gasProblems,
    destination: picture.destination ?? '',
    simulation: picture.simulation === undefined ? null : simulationJson(picture.simulation),
    room: roomJson(picture),
    outcome: picture.outcome ?? null,
    backing: backing === undefined ? null : backingJson(backing),
    ...addressesJson(picture),
    warnings: warningTexts(picture),
    lines: readingJson(reading),
    stops,
    next: stops.length === 0 ? (nextCommand(picture, me, commandLine) ?? null) : null,
  };
};
