import type { Command } from 'commander';
import { addressesJson } from '#cli/addresses/who.ts';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold, plainText } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { backingJson, backingLine, checkerOf } from '#cli/operate/backing.ts';
import { explained } from '#cli/request/clear-of.ts';
import { wordsOf } from '#cli/request/code-words.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import { actionLines } from '#cli/request/render-action.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import { roomJson } from '#cli/request/render-room.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { simulationJson } from '#cli/request/simulation.ts';
import { idGiven } from '#cli/request/stored-requests.ts';
import { printReading, readingJson, type Told } from '#cli/request/told.ts';
import { voteJson } from '#cli/request/votes.ts';
import { warningTexts } from '#cli/request/warnings.ts';
import { validUntilMs } from '#schemas/request.ts';

export const ABI_HELP =
  'names of functions and arguments for the contract that is called, as JSON: for one without a descriptor';

export interface ShowOptions {
  readonly reference?: string;
  readonly full?: boolean;
  readonly abi?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Read one request in words. Its id is computed again from what is stored and from your law. The two ids must be equal.',
    )
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--reference <text>', 'instead of an id: the one request with this reference')
    .option('--full', 'all of its data and its access list, however long')
    .option('--abi <file>', ABI_HELP)
    .action((id: string | undefined, options: ShowOptions) =>
      inSession(cli, command, 'co-signer', (session) => run(session, id, options)),
    );
  examples(command, [
    ['show 3f2a91bc', 'in words'],
    ['show 3f2a91bc --json', 'for a program'],
    ['show 3f2a91bc --abi Vault.json', 'with the names of a contract that your law pins no descriptor for'],
  ]);
};

/** What to type next; undefined where nothing is left to do for this person. */
export const nextCommand = (
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

/** The request in words, on the terminal. Returns them. */
export const present = ({ out }: Session, picture: Picture, full = false): readonly Told[] => {
  const reading = requestReading(picture, full);
  out.line(bold('A request, its id checked against your law'));
  printReading(out, reading);
  return reading;
};

export const run = async (session: Session, given: string | undefined, options: ShowOptions = {}): Promise<number> => {
  const { out, deployment, clock, me, commandLine } = session;
  const storage = await session.ports.storage();
  const id = await idGiven(session, given, options.reference);
  const found = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture, options.abi);
  const backing = await out.during('checking', checkerOf(session).outcome(found.facts));
  const reading = present(session, picture, options.full === true);
  if (backing !== undefined) out.line(['  Its outcome is ', backingLine(backing)].flat());
  const { stops } = explained(picture).clear;
  const next = stops.length === 0 ? nextCommand(picture, me, commandLine) : undefined;
  if (next !== undefined) out.line(['Next: ', bold(next)]);
  out.result('show', {
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
    destination: picture.destination,
    simulation: picture.simulation === undefined ? null : simulationJson(picture.simulation),
    room: roomJson(picture),
    outcome: picture.outcome ?? null,
    backing: backing === undefined ? null : backingJson(backing),
    ...addressesJson(picture),
    warnings: warningTexts(picture),
    lines: readingJson(reading),
    stops,
    next: next ?? null,
  });
  return stops.length === 0 ? DONE : FAILED;
};
