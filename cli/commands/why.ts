import type { Command } from 'commander';
import type { CliContext } from '#cli/app/cli-context.ts';
import { inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bold, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { backingJson, backingLine, checkerOf } from '#cli/operate/backing.ts';
import { deviationsOf } from '#cli/operate/deviations.ts';
import { sourceLines, tellWhy, whyJson } from '#cli/operate/why.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { idGiven } from '#cli/request/stored-requests.ts';
import { whyNext, whySentence } from '#core/decide/why-words.ts';
import { isKeyturnError } from '#schemas/codes.ts';

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Say in one sentence what a request waits for, or how it ended, and what to type next. Also says what you may not see.\nExit code 0: it is told; 1: no accepted request has that id, or something failed; 2: the command line is wrong.',
    )
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--reference <text>', 'instead of an id: the one request with this reference')
    .action((id: string | undefined, options: { readonly reference?: string }) =>
      inSession(cli, command, 'operator', (session) => run(session, id, options.reference)),
    );
  examples(command, [
    ['why 3f2a91bc', 'one sentence, and the next command'],
    ['why 3f2a91bc --json', 'for a program: code, sentence, next, numbers'],
  ]);
};

const unknown = ({ out, commandLine }: Session, given: string): number => {
  const why = { kind: 'unknown' } as const;
  const sentence = whySentence(why);
  const next = commandLine(whyNext(why, { id: given, isSealed: false }));
  out.line(sentence);
  out.line(['Next: ', bold(next)]);
  out.result('why', { ok: false, id: given, state: 'unknown', code: 'NOT_FOUND', sentence, next });
  return FAILED;
};

const told = async (session: Session, id: string): Promise<number> => {
  const { out, deployment, clock, ports } = session;
  const request = await out.during('reading', pictureOf(await ports.storage(), deployment, id, clock.now()));
  const answer = await out.during('asking', tellWhy(session, request));
  const backing = await out.during('checking', checkerOf(session).outcome(request.facts));
  out.line(answer.why.kind === 'waits' ? [bold(answer.sentence), ` (${answer.why.code})`] : bold(answer.sentence));
  for (const line of sourceLines(answer)) out.line(line);
  if (backing !== undefined) out.line(['Its outcome is ', backingLine(backing)].flat());
  const deviations = await out.during('reading its receipt', deviationsOf(session, request.facts));
  for (const text of deviations) out.line(warn(`It deviates: ${text}`));
  out.line(['Next: ', bold(answer.next)]);
  out.result('why', {
    ok: true,
    id,
    wallet: request.picture.wallet.name,
    stage: request.picture.stage,
    ...whyJson(answer),
    outcome: request.picture.outcome ?? null,
    backing: backing === undefined ? null : backingJson(backing),
    deviations,
  });
  return DONE;
};

export const run = async (session: Session, given: string | undefined, reference?: string): Promise<number> => {
  try {
    return await told(session, await idGiven(session, given, reference));
  } catch (error) {
    if (!isKeyturnError(error, 'NOT_FOUND') || given === undefined) throw error;
    return unknown(session, given);
  }
};
