import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { examples } from '#cli/app/help.ts';
import type { Session } from '#cli/app/session.ts';
import { chainChecks } from '#cli/doctor/check-chains.ts';
import { configFindings } from '#cli/doctor/check-config.ts';
import { descriptorFindings } from '#cli/doctor/check-descriptors.ts';
import { forkCheck } from '#cli/doctor/check-forks.ts';
import { lawChecks } from '#cli/doctor/check-laws.ts';
import { messageChecks } from '#cli/doctor/check-messages.ts';
import { storageChecks } from '#cli/doctor/check-storage.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Check, examine, type Finding } from '../doctor/finding.ts';
import { report } from '../doctor/report.ts';

export interface DoctorOptions {
  readonly offline?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Check a configuration, and the deployment that it describes. Says what it found, and what to do about it. Changes nothing.\nExit code 0: nothing is bad. 1: something is bad. 2: nothing bad was seen, but not everything could be read, or the command line is wrong.',
    )
    .option('--offline', 'check the configuration only; make no network calls')
    .action(async (options: DoctorOptions) => {
      try {
        await inSession(cli, command, 'owner', (session) => run(session, options));
      } catch (error) {
        // A configuration that cannot be read is what a doctor is asked about, too.
        if (!isKeyturnError(error, 'CONFIG')) throw error;
        cli.exitCode = report(cli.out, '', unreadable(error.message, cli.typed));
      }
    });
  examples(command, [
    ['doctor --config keyturn.json --offline', 'before anything is deployed'],
    ['doctor --config keyturn.json', 'the deployment'],
    ['doctor --config keyturn.json --json', 'for a program: findings with area, level, what, todo'],
    ['doctor', 'the lab that runs in this folder'],
  ]);
};

/** Of Google Cloud alone: loaded last, with the CEL that they bring. */
const cloudChecks = async (): Promise<readonly Check[]> => {
  const [{ serviceChecks }, { keyChecks }, { identityChecks }, { rightsChecks }] = await Promise.all([
    import('#cli/doctor/check-apis.ts'),
    import('#cli/doctor/check-keys.ts'),
    import('#cli/doctor/check-identity.ts'),
    import('#cli/doctor/check-rights.ts'),
  ]);
  return [...serviceChecks, ...keyChecks, ...identityChecks, ...rightsChecks];
};

const unreadable = (message: string, typed: string): readonly Finding[] =>
  message.split('\n').map((line) => ({
    area: 'config',
    level: 'bad',
    what: line,
    todo: /\.(commitments|address)\b/.test(line)
      ? `${typed} wallet create makes it.`
      : 'Correct keyturn.json; formats and meaning are in the README.',
  }));

/** Whoever is not logged in is told so once, instead of by every check. */
const loggedIn = (findings: readonly Finding[]): readonly Finding[] => {
  const others = findings.filter(({ what }) => !what.startsWith('UNAUTHENTICATED:'));
  if (others.length === findings.length) return findings;
  const what = 'Google Cloud could not be asked: you are not logged in';
  return [...others, { area: 'login', level: 'unread', what, todo: 'gcloud auth application-default login' }];
};

export const run = async (session: Session, options: DoctorOptions): Promise<number> => {
  const { deployment, out } = session;
  const { config, lab } = deployment;
  const checks =
    options.offline === true
      ? []
      : [...storageChecks, ...lawChecks, ...messageChecks, ...chainChecks, forkCheck, ...(await cloudChecks())];
  const found = await out.during('looking', Promise.all(checks.map((check) => examine(session, check))));
  const files = await descriptorFindings(deployment.lawFile, config.law);
  return report(out, config.law.name, [
    ...configFindings(config, lab !== undefined),
    ...files,
    ...loggedIn(found.flat()),
  ]);
};
