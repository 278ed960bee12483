import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold, good } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { mayApprove } from '#cli/request/approval.ts';
import { type Approved, approve, approvedBefore, approvedJson, approvedWords } from '#cli/request/approving.ts';
import { type Confirming, confirmed, mustBeShown, mustBeWhole, notConfirmed } from '#cli/request/confirm.ts';
import { manualCommands } from '#cli/request/manual.ts';
import { openShares, shareFileOf, typedShare } from '#cli/request/open-shares.ts';
import { withOutlook } from '#cli/request/outlook.ts';
import { keptLines } from '#cli/request/prediction.ts';
import type { Picture } from '#cli/request/render-request.ts';
import { findId, pictureOf } from '#cli/request/requests.ts';
import type { CoSigner } from '#schemas/config.ts';
import { approveSeveral } from './approve-several.ts';
import { ABI_HELP, present } from './show.ts';

export interface ApproveOptions extends Confirming {
  readonly abi?: string;
  readonly share?: string;
  readonly again?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Approve exactly the requests that are named. Shows each, asks you once, and checks your share against your law. Then encrypts the share with your release key, for each request alone, and uploads it.\nExit code with several ids: 0 where each is approved, else 1. One that fails is named, and does not keep the others.',
    )
    .argument('<id...>', 'ids of requests, or their first 8 or more digits; with --yes or --json all 64')
    .option('--share <file>', 'your share; - is standard input (in a lab: the share file of --as)')
    .option('--yes', 'do not ask')
    .option('--again', 'upload another share, even if one is there')
    .option('--full', 'show all of its data and access list, however long; you must see it all before you answer')
    .option('--abi <file>', ABI_HELP)
    .option('--manual', 'print the gcloud commands that do the same, and do nothing')
    .action((ids: readonly string[], options: ApproveOptions) =>
      inSession(cli, command, 'answering co-signer', (session) => {
        const [id = '', ...others] = ids;
        return others.length === 0 ? run(session, id, options) : approveSeveral(session, ids, options);
      }),
    );
  examples(command, [
    ['approve 3f2a91bc --as alice', 'in a lab'],
    ['approve 3f2a91bc 77d0e1f2 --as alice', 'two at once: each is shown, and you are asked once'],
    ['approve 3f2a91bc --config keyturn.json --as alice --share alice.share', 'in a deployment'],
    ['approve 3f2a91bc --as alice --manual', 'by gcloud, without this tool'],
    ['approve "$ID" --as alice --yes', 'without asking: all 64 digits'],
  ]);
};

export const run = async (session: Session, asked: string, options: ApproveOptions): Promise<number> => {
  const { out, deployment, clock } = session;
  const coSigner = coSignerOf(session);
  const given = typedShare(options);
  const fileOf = (wallet?: string): string => shareFileOf(session, coSigner, given, wallet);
  fileOf();
  const storage = await session.ports.storage();
  const id = await findId(storage, deployment, asked);
  mustBeWhole(session, asked, id, options);
  const found = await out.during('reading', pictureOf(storage, deployment, id, clock.now()));
  const picture = await withOutlook(session, found.picture, options.abi);
  present(session, picture, options.full === true);
  mayApprove(picture, coSigner);
  mustBeShown(session, picture, options);
  if (options.manual === true) {
    const commands = manualCommands(coSigner, id, fileOf(picture.wallet.name));
    out.line();
    out.lines(commands.map(bold));
    out.result('approve', { ok: true, id, coSigner: coSigner.name, commands });
    return DONE;
  }
  const work = { storage, coSigner, again: options.again === true };
  const earlier = await approvedBefore(work, picture);
  if (earlier !== undefined) return done(session, picture, coSigner, earlier);
  if (options.yes !== true && !(await confirmed(session, picture, 'approve', coSigner.name))) {
    notConfirmed(session, 'approve');
    return FAILED;
  }
  const share = await openShares(session, fileOf, coSigner);
  try {
    const leave = `the share may have been uploaded: ${session.commandLine(`show ${id.slice(0, 8)}`)}`;
    return done(session, picture, coSigner, await approve(session, work, { picture, share, leave }));
  } finally {
    share.wipe();
  }
};

const done = ({ out, commandLine }: Session, picture: Picture, coSigner: CoSigner, approved: Approved): number => {
  const { id } = picture;
  const json = approvedJson(picture, coSigner, approved);
  out.line();
  out.line(
    json.created
      ? [good('approved'), ` by ${coSigner.name}: ${json.object}`]
      : [
          bad('approved before'),
          ` by ${coSigner.name} at ${json.at}: ${json.object}; nothing was uploaded now, and no share was looked at`,
        ],
  );
  out.lines(keptLines(approved.kept));
  out.line(approvedWords(picture, coSigner));
  const next = commandLine(`status ${id.slice(0, 8)}`);
  out.line(['Next: ', bold(next)]);
  out.result('approve', { ok: true, coSigner: coSigner.name, ...json, next });
  return DONE;
};
