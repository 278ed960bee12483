import type { Command } from 'commander';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, printable } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { inSession, type World } from '#cli/app/world.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { rejectionObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

export interface RejectOptions {
  readonly reason?: string;
}

const MAX_REASON_CHARS = 1024;

export const define = (command: Command, world: World): void => {
  command
    .description(
      'Reject one request. Your rejection beats any share of yours and cannot be taken back; the request is closed once too few co-signers are left.',
    )
    .argument('<id>', 'id of the request, or its first 8 or more digits')
    .option('--reason <text>', 'why, for the others')
    .action((id: string, options: RejectOptions) =>
      inSession(world, command, 'co-signer', (session) => run(session, id, options)),
    );
  examples(command, [['keyturn reject 3f2a91bc --as bob --reason "not our supplier"', 'and say why']]);
};

const checkedReason = (reason: string): string => {
  if (Buffer.byteLength(reason) > MAX_REASON_CHARS || printable(reason) !== reason)
    throw new KeyturnError('USAGE', `--reason: at most ${MAX_REASON_CHARS} bytes, without control characters`, {
      field: 'reason',
    });
  return reason;
};

export const run = async (session: Session, given: string, options: RejectOptions): Promise<number> => {
  const { out, deployment, clock } = session;
  const coSigner = coSignerOf(session);
  const reason = checkedReason(options.reason ?? '');
  const storage = await session.ports.storage();
  const id = await findId(storage, deployment, given);
  const { picture } = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const { stage, outcome, votes, wallet, needed } = picture;
  if (!votes.some((vote) => vote.coSigner === coSigner.name))
    throw new KeyturnError('SHARE_UNKNOWN_CO_SIGNER', `${coSigner.name} holds no share of wallet ${wallet.name}`);
  if (stage === 'submitted' || stage === 'decided')
    throw new KeyturnError('SHARE_LATE', `the request is ${outcome?.outcome ?? 'signed and submitted'} already`);
  goOn(session.signal);
  session.leave(`the rejection may have been made: keyturn show ${id.slice(0, 8)}${session.suffix}`);
  const { created, object } = await out.during(
    'rejecting',
    storage.createOnce(
      coSigner.shareLocation.bucket,
      rejectionObject(coSigner.shareLocation, id),
      canonicalBytes({ reason }),
    ),
  );
  const rejecters = votes.filter(
    ({ answer, coSigner: name }) => answer === 'rejected' || name === coSigner.name,
  ).length;
  const closed = wallet.holders.length - rejecters < needed;
  const at = timeText(object.timeCreated);
  out.line([bad(created ? 'rejected' : 'rejected before'), ` by ${coSigner.name} at ${at}: ${picture.id}`]);
  out.line(
    closed
      ? 'Too few co-signers are left to approve it: it will be closed.'
      : 'The other co-signers may still approve it.',
  );
  const next = `keyturn status ${id.slice(0, 8)}${session.suffix}`;
  out.line(['Next: ', bold(next)]);
  out.result({ ok: true, id, coSigner: coSigner.name, at, created, closes: closed, next });
  return DONE;
};
