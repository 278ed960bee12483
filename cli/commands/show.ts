import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { backingLine } from '#cli/operate/backing.ts';
import { viewJson, viewOf } from '#cli/operate/request-view.ts';
import { type Picture, requestReading } from '#cli/request/render-request.ts';
import { idGiven } from '#cli/request/stored-requests.ts';
import { printReading, type Told } from '#cli/request/told.ts';

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

/** The request in words, on the terminal. Returns them. */
export const present = ({ out }: Session, picture: Picture, full = false): readonly Told[] => {
  const reading = requestReading(picture, full);
  out.line(bold('A request, its id checked against your law'));
  printReading(out, reading);
  return reading;
};

export const run = async (session: Session, given: string | undefined, options: ShowOptions = {}): Promise<number> => {
  const { out } = session;
  const id = await idGiven(session, given, options.reference);
  const view = await viewOf(session, id, options.abi);
  const reading = present(session, view.picture, options.full === true);
  if (view.backing !== undefined) out.line(['  Its outcome is ', backingLine(view.backing)].flat());
  const shown = viewJson(session, view, reading);
  if (shown.next !== null) out.line(['Next: ', bold(shown.next)]);
  out.result('show', shown);
  return shown.ok ? DONE : FAILED;
};
