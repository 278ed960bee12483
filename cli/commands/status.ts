import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { checkerOf } from '#cli/operate/backing.ts';
import { statusJson, statusOfRequest, statusRows } from '#cli/operate/request-status.ts';
import { idGiven } from '#cli/request/stored-requests.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { statusOfDeployment } from './status-deployment.ts';
import { followRequest, patienceOf } from './status-follow.ts';

export interface StatusOptions {
  readonly reference?: string;
  readonly follow?: boolean;
  readonly timeout?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Show what became of a request. Without an id, show the state of the whole deployment.\nExit code with --follow: 0: its outcome says final; 1: it ended otherwise, or something failed; 2: usage.',
    )
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--reference <text>', 'instead of an id: the one request with this reference')
    .option('--follow', 'print each change once, until it is over (with --json: one object a line)')
    .option('--timeout <duration>', 'with --follow: how long at most, such as 30m (default: until it is over)')
    .action((id: string | undefined, options: StatusOptions) =>
      inSession(cli, command, 'operator', (session) => run(session, id, options)),
    );
  examples(command, [
    ['status', 'wallets, open requests, turns'],
    ['status 3f2a91bc', 'its stages with times, its transaction, its outcome'],
    ['status 3f2a91bc --follow', 'stay until it is over'],
  ]);
};

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

const once = async (session: Session, id: string): Promise<number> => {
  const { out, commandLine } = session;
  const found = await out.during('reading the request, and asking the chain', statusOfRequest(session, id));
  const backing = await out.during('checking', checkerOf(session).outcome(found.facts));
  out.rows(statusRows(found, backing));
  const { outcome } = found.picture;
  if (outcome === undefined && found.why.next !== commandLine(`status ${id.slice(0, 8)}`))
    out.line(['Next: ', bold(found.why.next)]);
  out.result('status', statusJson(found, backing));
  return DONE;
};

export const run = async (
  session: Session,
  given: string | undefined,
  options: StatusOptions = {},
): Promise<number> => {
  const { reference, follow, timeout } = options;
  const patience = patienceOf(timeout);
  if (follow !== true && timeout !== undefined) throw usage('timeout', '--timeout: belongs to --follow');
  if (given === undefined && reference === undefined) {
    if (follow === true) throw usage('follow', '--follow: say which request, by its id or with --reference');
    return statusOfDeployment(session);
  }
  const id = await idGiven(session, given, reference);
  return follow === true ? followRequest(session, id, patience) : once(session, id);
};
