import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, good } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { explained } from '#cli/request/clear-of.ts';
import { type Confirming, confirmed, mustBeShown, mustBeWhole, notConfirmed } from '#cli/request/confirm.ts';
import { delayWords } from '#cli/request/delay-words.ts';
import { manualCommands } from '#cli/request/manual.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import { uploadShare, uploadsOf } from '#cli/request/upload.ts';
import {
  checkedShare,
  isSecretItself,
  MAX_SHARE_FILE_BYTES,
  noFileName,
  readShareFile,
} from '#cli/wallet/share-file.ts';
import { wipe } from '#core/shares/feldman.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { shareAad } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { ABI_HELP, present } from './show.ts';

export interface ApproveOptions extends Confirming {
  readonly abi?: string;
  readonly share?: string;
  readonly again?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Approve exactly one request. Shows the request, asks you, and checks your share against your law. Then encrypts the share with your release key, for this request alone, and uploads it.',
    )
    .argument('<id>', 'id of the request, or its first 8 or more digits; with --yes or --json all 64')
    .option('--share <file>', 'your share; - is standard input (in a lab: the share file of --as)')
    .option('--yes', 'do not ask')
    .option('--again', 'upload another share, even if one is there')
    .option('--full', 'show all of its data and access list, however long; you must see it all before you answer')
    .option('--abi <file>', ABI_HELP)
    .option('--manual', 'print the gcloud commands that do the same, and do nothing')
    .action((id: string, options: ApproveOptions) =>
      inSession(cli, command, 'answering co-signer', (session) => run(session, id, options)),
    );
  examples(command, [
    ['approve 3f2a91bc --as alice', 'in a lab'],
    ['approve 3f2a91bc --config keyturn.json --as alice --share alice.share', 'in a deployment'],
    ['approve 3f2a91bc --as alice --manual', 'by gcloud, without this tool'],
    ['approve "$ID" --as alice --yes', 'without asking: all 64 digits'],
  ]);
};

/** Throws what speaks against an approval by this co-signer now. */
export const mayApprove = (picture: Picture, coSigner: CoSigner): void => {
  const { request, now, votes, stage, verdict, wallet, law } = picture;
  const mine = votes.find((vote) => vote.coSigner === coSigner.name);
  if (mine === undefined)
    throw new KeyturnError('SHARE_UNKNOWN_CO_SIGNER', `${coSigner.name} holds no share of wallet ${wallet.name}`);
  if (stage === 'decided' || stage === 'submitted')
    throw new KeyturnError(
      'SHARE_LATE',
      `the request is ${picture.outcome?.outcome ?? 'signed and submitted'} already`,
    );
  if (validUntilMs(request) <= now)
    throw new KeyturnError('EXPIRED', `the request could be signed until ${request.validUntil} only`, {
      field: 'validUntil',
    });
  if (verdict.kind === 'denied') throw new KeyturnError(verdict.code, verdict.reason, { field: verdict.field });
  const [stop] = explained(picture).clear.stops;
  if (stop !== undefined) throw new KeyturnError(stop.code, `DO NOT APPROVE: ${stop.message}`, { field: stop.file });
  if (initiatorsOf(request, law).has(coSigner.name))
    throw new KeyturnError(
      'SHARE_OF_INITIATOR',
      `your law ties requester ${request.requester} to you, so your share does not count`,
    );
  if (mine.answer === 'rejected')
    throw new KeyturnError('REJECTED', 'you have rejected this request, and a rejection beats a share');
};

/** The raw share; wiped by whoever takes it. */
const shareBytes = async (session: Session, file: string): Promise<Uint8Array> =>
  file === '-' ? session.stdin(MAX_SHARE_FILE_BYTES) : readShareFile(file, session.deployment.lab === undefined);

const shareFileOf = ({ deployment }: Session, coSigner: CoSigner, given: string | undefined): string => {
  if (given !== undefined && isSecretItself(given))
    throw new KeyturnError('USAGE', `--share: ${noFileName('share')}`, { field: 'share' });
  const file = given ?? deployment.lab?.coSigners.find(({ name }) => name === coSigner.name)?.shareFile;
  if (file === undefined)
    throw new KeyturnError('USAGE', '--share FILE must be given: where is your share?', { field: 'share' });
  return file;
};

/** The share, for this request alone. It is read last and wiped whatever happens. */
const encrypted = async (
  session: Session,
  file: string,
  { id, wallet }: Picture,
  { name, releaseKey }: CoSigner,
): Promise<Uint8Array> => {
  const encrypter = await session.ports.encrypter();
  const plaintext = checkedShare(await shareBytes(session, file), name, wallet);
  try {
    return await session.out.during('encrypting', encrypter.encrypt(releaseKey, plaintext, shareAad(id, name)));
  } finally {
    wipe(plaintext);
  }
};

export const run = async (session: Session, given: string, options: ApproveOptions): Promise<number> => {
  const { out, deployment, clock, signal } = session;
  const coSigner = coSignerOf(session);
  const file = shareFileOf(session, coSigner, options.share ?? (options.manual === true ? 'my.share' : undefined));
  const storage = await session.ports.storage();
  const id = await findId(storage, deployment, given);
  mustBeWhole(session, given, id, options);
  const found = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture, options.abi);
  present(session, picture, options.full === true);
  mayApprove(picture, coSigner);
  mustBeShown(session, picture, options);
  if (options.manual === true) {
    const commands = manualCommands(coSigner, id, file);
    out.line();
    out.lines(commands.map(bold));
    out.result('approve', { ok: true, id, coSigner: coSigner.name, commands });
    return DONE;
  }
  const [earlier] = await uploadsOf(storage, coSigner.shareLocation, id);
  if (earlier !== undefined && options.again !== true) return already(session, picture, coSigner, earlier);
  if (options.yes !== true && !(await confirmed(session, picture, 'approve', coSigner.name))) {
    notConfirmed(session, 'approve');
    return FAILED;
  }
  const ciphertext = await encrypted(session, file, picture, coSigner);
  goOn(signal);
  session.leave(`the share may have been uploaded: ${session.commandLine(`show ${id.slice(0, 8)}`)}`);
  const { created, object } = await out.during(
    'uploading',
    uploadShare(storage, coSigner.shareLocation, id, ciphertext, options.again === true),
  );
  if (!created) return already(session, picture, coSigner, object);
  return done(session, picture, coSigner, object, true);
};

type Uploaded = { readonly bucket: string; readonly name: string; readonly timeCreated: number };

/** Approving twice is approving once, unless the first share does not count. */
const already = (session: Session, picture: Picture, coSigner: CoSigner, object: Uploaded): number => {
  const mine = picture.votes.find((vote) => vote.coSigner === coSigner.name);
  if (mine?.answer !== 'bad') return done(session, picture, coSigner, object, false);
  const code = mine.code ?? 'SHARE_CIPHERTEXT';
  throw new KeyturnError(code, 'the share that you uploaded before does not count: upload another with --again', {
    field: 'again',
  });
};

const done = (
  { out, commandLine }: Session,
  picture: Picture,
  coSigner: CoSigner,
  object: Uploaded,
  created: boolean,
): number => {
  const { id, votes, needed } = picture;
  const others = votes.filter(({ answer, coSigner: name }) => answer === 'approved' && name !== coSigner.name).length;
  const missing = Math.max(0, needed - others - 1);
  const at = timeText(object.timeCreated);
  const where = `gs://${object.bucket}/${object.name}`;
  out.line();
  out.line(
    created
      ? [good('approved'), ` by ${coSigner.name}: ${where}`]
      : [bad('approved before'), ` by ${coSigner.name} at ${at}: ${where}; nothing was uploaded now`],
  );
  out.line(
    missing === 0
      ? delayWords(picture) === undefined
        ? 'That is enough: it is being signed.'
        : `That is enough: ${delayWords(picture)}.`
      : `${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} needed.`,
  );
  const next = commandLine(`status ${id.slice(0, 8)}`);
  out.line(['Next: ', bold(next)]);
  out.result('approve', {
    ok: true,
    id,
    coSigner: coSigner.name,
    object: where,
    at,
    created,
    approvals: others + 1,
    needed,
    next,
  });
  return DONE;
};
