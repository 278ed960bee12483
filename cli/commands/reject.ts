import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { checkedReason } from '#cli/operate/pause.ts';
import { type Confirming, confirmed, mustBeShown, mustBeWhole, notConfirmed } from '#cli/request/confirm.ts';
import { manualRejection } from '#cli/request/manual.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import { closing, mayReject, type Rejected, reject, rejectedBefore } from '#cli/request/rejecting.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { timeText } from '#schemas/spellings.ts';
import { present } from './show.ts';

export interface RejectOptions extends Confirming {
  readonly reason?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Reject one request. Shows the request, asks you, and uploads your rejection. A rejection overrides any share of yours and cannot be taken back. The request is closed once too few co-signers are left.',
    )
    .argument('<id>', 'id of the request, or its first 8 or more digits; with --yes or --json all 64')
    .option('--reason <text>', 'why, for the others')
    .option('--yes', 'do not ask')
    .option('--full', 'show all of its data and access list, however long; you must see it all before you answer')
    .option('--manual', 'print the gcloud commands that do the same, and do nothing')
    .action((id: string, options: RejectOptions) =>
      inSession(cli, command, 'answering co-signer', (session) => run(session, id, options)),
    );
  examples(command, [
    ['reject 3f2a91bc --as bob --reason "not our supplier"', 'in a lab, and say why'],
    ['reject 3f2a91bc --as bob --manual', 'by gcloud, without this tool'],
    ['reject "$ID" --config keyturn.json --as bob --yes', 'in a deployment, without asking: all 64 digits'],
  ]);
};

export const run = async (session: Session, given: string, options: RejectOptions): Promise<number> => {
  const { out, deployment, clock } = session;
  const me = coSignerOf(session);
  const coSigner = me.name;
  const reason = checkedReason(options.reason ?? '');
  const storage = await session.ports.storage();
  const id = await findId(storage, deployment, given);
  mustBeWhole(session, given, id, options);
  const found = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture);
  present(session, picture, options.full === true);
  mayReject(picture, coSigner);
  mustBeShown(session, picture, options);
  if (options.manual === true) {
    const commands = manualRejection(me, id, canonicalText({ reason }));
    out.line();
    out.lines(commands.map(bold));
    out.result('reject', { ok: true, id, coSigner, commands });
    return DONE;
  }
  const earlier = await rejectedBefore(storage, me, id);
  if (earlier !== undefined) return done(session, picture, coSigner, earlier);
  if (options.yes !== true && !(await confirmed(session, picture, 'reject', coSigner))) {
    notConfirmed(session, 'reject');
    return FAILED;
  }
  return done(session, picture, coSigner, await reject(session, storage, me, { id, reason }));
};

const done = (
  { out, commandLine }: Session,
  picture: Picture,
  coSigner: string,
  { created, object }: Rejected,
): number => {
  const { id } = picture;
  const { closes, sentence } = closing(picture, coSigner);
  const at = timeText(object.timeCreated);
  out.line();
  out.line([
    bad(created ? 'rejected' : 'rejected before'),
    ` by ${coSigner} at ${at}: ${id}${created ? '' : '; nothing was uploaded now'}`,
  ]);
  out.line(sentence);
  const next = commandLine(`status ${id.slice(0, 8)}`);
  out.line(['Next: ', bold(next)]);
  out.result('reject', { ok: true, id, coSigner, at, created, closes, next });
  return DONE;
};
