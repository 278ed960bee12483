import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, bold, good, type Output, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import type { Check } from '#cli/audit/check.ts';
import { idsOfReceipts, makeBundle, readLog } from '#cli/audit/export.ts';
import { readFolder, writeFolder } from '#cli/audit/folder.ts';
import { auditBundle, failedIn, isJudged, type Trust } from '#cli/audit/judge.ts';
import { type Root, rootFrom, rootWords } from '#cli/audit/token.ts';
import { auditLog, isClean, type LogAudit } from '#cli/audit/wallet.ts';
import { findId } from '#cli/request/requests.ts';
import { KeyturnError } from '#schemas/codes.ts';

export interface AuditOptions {
  readonly export?: string;
  readonly bundle?: string;
  readonly wallet?: string;
  readonly root?: string;
  readonly image?: string;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Check a settled request from its approvals to its block, or every seal of a wallet. Fails where any check fails.',
    )
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--export <dir>', 'write a bundle for each receipt, or for <id> alone, that --bundle checks')
    .option('--bundle <dir>', 'check a bundle with no cloud account and no node')
    .option('--wallet <name>', 'name missing, conflicting, junk and unevidenced seals of a wallet')
    .option(
      '--root <file>',
      "certificate up to which tokens must be signed (default: Google's root, by its fingerprint)",
    )
    .option('--image <digest>', 'sha256:… of the image that should have signed (default: it is printed to compare)')
    .action(async (id: string | undefined, options: AuditOptions) => {
      checkUsage(id, options);
      if (options.bundle !== undefined) cli.exitCode = await runBundle(cli, options.bundle, options);
      else await inSession(cli, command, 'operator', (session) => run(session, cli.folder, id, options));
    });
  examples(command, [
    ['audit 3f2a91bc', 'every check of one request, by your own rights and nodes'],
    ['audit --export audits', 'one bundle for each receipt, as audits/ID'],
    ['audit --bundle audits/ID --image sha256:…', 'offline: no account, no node'],
    ['audit --wallet treasury', 'the whole register of a wallet'],
  ]);
};

const usage = (message: string, field: string) => new KeyturnError('USAGE', message, { field });

/** Throws USAGE. */
export const checkUsage = (id: string | undefined, options: AuditOptions): void => {
  const { bundle, wallet, export: target, image } = options;
  if (image !== undefined && !/^sha256:[0-9a-f]{64}$/.test(image))
    throw usage('--image: a digest is sha256: and 64 lower-case hex digits', 'image');
  if ([bundle, wallet, target].filter((one) => one !== undefined).length > 1)
    throw usage('give one of --export, --bundle and --wallet', 'audit');
  if (id !== undefined && (bundle !== undefined || wallet !== undefined))
    throw usage('an id goes alone or with --export, not with --bundle or --wallet', 'id');
  if (id === undefined && bundle === undefined && wallet === undefined && target === undefined)
    throw usage('give an id, --export, --bundle or --wallet', 'id');
};

const trustOf = async (folder: string, { root, image }: AuditOptions): Promise<Trust> => ({
  root: root === undefined ? undefined : rootFrom(await rootBytes(resolve(folder, root))),
  image,
});

const rootBytes = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new KeyturnError('NOT_FOUND', `--root: ${path} cannot be read`, { field: 'root', cause });
  }
};

const WORDS = { pass: good('pass'), fail: bad('FAIL'), unchecked: warn('cannot be checked') } as const;

/** Prints every check and what they come to. */
const tell = (out: Output, checks: readonly Check[], about: Readonly<Record<string, unknown>>): number => {
  const failed = failedIn(checks);
  const open = checks.filter(({ result }) => result === 'unchecked').length;
  out.rows(
    checks.map(({ name, result, because }) => ({
      label: name,
      lines: [[WORDS[result], result === 'unchecked' ? `, because ${because}` : `: ${because}`]],
    })),
  );
  const ok = failed.length === 0 && isJudged(checks);
  const end =
    failed.length > 0
      ? bad(`Failed: ${failed.join(', ')}.`)
      : ok
        ? good('Nothing failed.')
        : bad('Nothing is proven: the seal could not be checked.');
  out.line([end, open === 0 ? '' : ` ${open} cannot be checked here.`]);
  out.result('audit', { ok, ...about, failed, checks });
  return ok ? DONE : FAILED;
};

export const runBundle = async (
  { out, folder }: Pick<CliContext, 'out' | 'folder'>,
  given: string,
  options: AuditOptions,
): Promise<number> => {
  const path = resolve(folder, given);
  const trust = await trustOf(folder, options);
  const checks = await auditBundle(await readFolder(path), trust);
  out.line(bold(`The bundle ${path}, checked offline`));
  return tell(out, checks, { bundle: path, root: rootWords(trust.root) });
};

const one = async (session: Session, given: string, trust: Trust): Promise<number> => {
  const { out, deployment, ports } = session;
  const id = await findId(await ports.storage(), deployment, given);
  const { files, left } = await out.during('reading register and block', makeBundle(session, id));
  out.line(bold(`Request ${id}`));
  for (const words of left) out.line(warn(`  ! not read: ${words}`));
  return tell(out, await auditBundle(files, trust), { id, left, root: rootWords(trust.root) });
};

const exportAll = async (session: Session, target: string, given: string | undefined): Promise<number> => {
  const { out, deployment, ports, signal } = session;
  const storage = await ports.storage();
  const ids =
    given === undefined
      ? await idsOfReceipts(storage, deployment.buckets.results)
      : [await findId(storage, deployment, given)];
  const bundles: { readonly id: string; readonly path: string; readonly left: readonly string[] }[] = [];
  for (const id of ids) {
    signal.throwIfAborted();
    const { files, left } = await out.during(`reading ${id.slice(0, 8)}`, makeBundle(session, id));
    const path = join(target, id);
    await writeFolder(path, files);
    bundles.push({ id, path, left });
    out.line(`${path}  ${files.size} files`);
    for (const words of left) out.line(warn(`  ! left out: ${words}`));
  }
  if (bundles.length === 0) out.line('No receipts.');
  out.result('audit', { ok: true, bundles });
  return DONE;
};

const wholeLog = async (session: Session, name: string, root: Root): Promise<number> => {
  const { out, deployment, ports, signal } = session;
  const wallet = walletGiven(deployment.config.law, name);
  const storage = await ports.storage();
  const logs: ({ readonly chainId: string } & LogAudit)[] = [];
  for (const { chainId, startNonce } of wallet.chains) {
    const log = { chainId, address: wallet.address, registerBucket: deployment.buckets.register };
    const entries = await out.during(`reading chain ${chainId}`, readLog(storage, log, signal));
    logs.push({ chainId, ...auditLog(entries, BigInt(startNonce), root) });
  }
  for (const log of logs) {
    out.line([bold(`Chain ${log.chainId}`), `: ${log.seals} seals`]);
    for (const kind of ['missing', 'conflicting', 'junk', 'unevidenced'] as const)
      for (const words of log[kind]) out.line([bad(`  ${kind}`), `  ${words}`]);
  }
  const ok = logs.every(isClean);
  out.line(
    ok ? good('Nothing is missing, conflicting, junk or unevidenced.') : bad('The register is not as it should be.'),
  );
  out.line(`Tokens were checked up to ${rootWords(root)}.`);
  out.result('audit', { ok, wallet: name, root: rootWords(root), logs });
  return ok ? DONE : FAILED;
};

export const run = async (
  session: Session,
  folder: string,
  id: string | undefined,
  options: AuditOptions,
): Promise<number> => {
  const trust = await trustOf(folder, options);
  if (options.wallet !== undefined) return wholeLog(session, options.wallet, trust.root);
  if (options.export !== undefined) return exportAll(session, resolve(folder, options.export), id);
  if (id === undefined) throw usage('give an id', 'id');
  return one(session, id, trust);
};
