import { DONE, FAILED, failureOf } from '#cli/app/failure.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { bad, bold, good, warn } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { approvalsWith, mayApprove } from '#cli/request/approval.ts';
import { type Approved, type Approving, approve, approvedBefore, approvedJson } from '#cli/request/approving.ts';
import { confirmedAll, mustBeShown, mustBeWhole, notConfirmed } from '#cli/request/confirm.ts';
import { manualCommands } from '#cli/request/manual.ts';
import { openShares, shareFileOf, typedShare } from '#cli/request/open-shares.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import { keptLines } from '#cli/request/prediction.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import type { Storage } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { ApproveOptions } from './approve.ts';
import { present } from './show.ts';

interface Failed {
  readonly id: string;
  readonly error: KeyturnError;
}

type Result = (Approved & { readonly picture: Picture }) | Failed;
/** Where the share of a wallet lies. */
type FileOf = (wallet: string) => string;

const usage = (message: string) => new KeyturnError('USAGE', message, { field: 'id' });

/** Whole ids, in the order in which they were given. Throws USAGE or NOT_FOUND: who mistypes one has not said what is meant. */
const idsOf = async (
  session: Session,
  storage: Storage,
  given: readonly string[],
  options: ApproveOptions,
): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (const text of given) {
    const id = await findId(storage, session.deployment, text);
    mustBeWhole(session, text, id, options);
    if (ids.includes(id)) throw usage(`${id} is given twice`);
    ids.push(id);
  }
  return ids;
};

/** The result of `work`, or what speaks against this one. A fault of keyturn itself, and Ctrl-C, end everything. */
const orFailed = async <T>(id: string, work: () => Promise<T>): Promise<T | Failed> => {
  try {
    return await work();
  } catch (error) {
    if (!isKeyturnError(error) || error.code === 'USAGE') throw error;
    return { id, error };
  }
};

const isFailed = (one: object): one is Failed => 'error' in one;

/** Shows one whole, as for one alone, and throws what speaks against its approval. */
const shown = async (
  session: Session,
  { storage, coSigner }: Approving,
  id: string,
  options: ApproveOptions,
): Promise<Picture> => {
  const { out, deployment, clock } = session;
  const found = await out.during(`reading ${id.slice(0, 8)}`, pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture, options.abi);
  present(session, picture, options.full === true);
  out.line();
  mayApprove(picture, coSigner);
  return picture;
};

const uploadAll = async (
  session: Session,
  work: Approving,
  fileOf: FileOf,
  pictures: readonly Picture[],
): Promise<readonly Result[]> => {
  if (pictures.length === 0) return [];
  const share = await openShares(session, fileOf, work.coSigner);
  try {
    const results: Result[] = [];
    for (const picture of pictures) {
      goOn(session.signal);
      const { id } = picture;
      const leave = `shares may have been uploaded, up to that for ${id}: ${session.commandLine('pending')}`;
      results.push(
        await orFailed(id, async () => ({ ...(await approve(session, work, { picture, share, leave })), picture })),
      );
    }
    return results;
  } finally {
    share.wipe();
  }
};

const tell = ({ out, commandLine }: Session, { coSigner }: Approving, results: readonly Result[]): number => {
  out.line();
  for (const one of results)
    if (isFailed(one)) out.line([bad('not approved'), ` ${one.id}: ${one.error.code}: ${one.error.message}`]);
    else {
      const missing = Math.max(0, one.picture.needed - approvalsWith(one.picture, coSigner));
      const rest = missing === 0 ? 'that is enough' : `${missing} more needed`;
      out.line([
        one.created ? good('approved') : warn('approved before'),
        ` ${one.picture.id} by ${coSigner.name}; ${rest}${one.created ? '' : '; its share was not looked at now'}`,
      ]);
      for (const line of keptLines(one.kept)) out.line(['  ', line].flat());
    }
  const failed = results.filter(isFailed).length;
  if (failed > 0) out.line(bad(`${failed} of ${results.length} not approved by ${coSigner.name}.`));
  out.line(['Next: ', bold(commandLine('pending'))]);
  out.result('approve', {
    ok: failed === 0,
    coSigner: coSigner.name,
    approvals: results.map((one) =>
      isFailed(one)
        ? { ok: false, id: one.id, ...failureOf(one.error) }
        : { ok: true, ...approvedJson(one.picture, coSigner, one) },
    ),
  });
  return failed === 0 ? DONE : FAILED;
};

const printManual = (
  { out }: Session,
  { coSigner }: Approving,
  fileOf: FileOf,
  { open, failed }: { readonly open: readonly Picture[]; readonly failed: readonly Failed[] },
): number => {
  const each = open.map(({ id, wallet }) => ({
    id,
    commands: manualCommands(coSigner, id, fileOf(wallet.name)),
  }));
  for (const { id, commands } of each) out.lines([`# ${id}`, ...commands.map(bold)]);
  const ok = failed.length === 0;
  const leftOut = failed.map(({ id, error }) => ({ ok: false, id, ...failureOf(error) }));
  out.result('approve', { ok, coSigner: coSigner.name, manual: each, leftOut });
  return ok ? DONE : FAILED;
};

/**
 * Approves several: each is shown whole, and one question names them all. What speaks against one is told of that one, and the others go on.
 * Throws USAGE, and NOT_FOUND for a beginning that fits nothing, before anything is asked.
 */
export const approveSeveral = async (
  session: Session,
  given: readonly string[],
  options: ApproveOptions,
): Promise<number> => {
  const coSigner = coSignerOf(session);
  const isManual = options.manual === true;
  const share = typedShare(options);
  const fileOf: FileOf = (wallet) => shareFileOf(session, coSigner, share, wallet);
  // Before anything is shown, where none could be found.
  fileOf('');
  const storage = await session.ports.storage();
  const work: Approving = { storage, coSigner, again: options.again === true };
  const ids = await idsOf(session, storage, given, options);
  const results = new Map<string, Result>();
  const open: Picture[] = [];
  for (const id of ids) {
    goOn(session.signal);
    const picture = await orFailed(id, () => shown(session, work, id, options));
    if (isFailed(picture)) {
      results.set(id, picture);
      continue;
    }
    mustBeShown(session, picture, options);
    const before = isManual ? undefined : await orFailed(id, () => approvedBefore(work, picture));
    if (before === undefined) open.push(picture);
    else results.set(id, isFailed(before) ? before : { ...before, picture });
  }
  const failed = [...results.values()].filter(isFailed);
  for (const { id, error } of failed) session.out.line(bad(`! ${id} is left out: ${error.code}: ${error.message}`));
  if (isManual) return printManual(session, work, fileOf, { open, failed });
  if (open.length > 0 && options.yes !== true && !(await confirmedAll(session, open, coSigner.name))) {
    notConfirmed(session, 'approve', 'that is not their number and how the last id begins');
    return FAILED;
  }
  for (const one of await uploadAll(session, work, fileOf, open))
    results.set(isFailed(one) ? one.id : one.picture.id, one);
  return tell(
    session,
    work,
    ids.flatMap((id) => results.get(id) ?? []),
  );
};
