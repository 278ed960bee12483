import type { Command } from 'commander';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Check, examine, type Finding, type Level } from '../doctor/finding.ts';
import { chainChecks } from '../doctor/of-chains.ts';
import { configFindings } from '../doctor/of-config.ts';
import { messageChecks } from '../doctor/of-messages.ts';
import { rightsChecks } from '../doctor/of-rights.ts';
import { storageChecks } from '../doctor/of-storage.ts';
import { DONE, FAILED } from '../failure.ts';
import { examples } from '../help.ts';
import { bad, dim, good, type Output, type Span, warn } from '../output.ts';
import type { Session } from '../session.ts';
import { inSession, type World } from '../world.ts';

export interface DoctorOptions {
  readonly offline?: boolean;
}

export const define = (command: Command, world: World): void => {
  command
    .description(
      'Check a configuration, and the deployment that it describes: what is found, and what to do about it. Changes nothing. Exit code 1 if anything is bad.',
    )
    .option('--offline', 'the configuration alone: no call to anybody')
    .action(async (options: DoctorOptions) => {
      try {
        await inSession(world, command, 'owner', (session) => run(session, options));
      } catch (error) {
        // A configuration that cannot be read is what a doctor is asked about, too.
        if (!isKeyturnError(error, 'CONFIG')) throw error;
        world.exitCode = report(world.out, '', unreadable(error.message));
      }
    });
  examples(command, [
    ['keyturn doctor --config keyturn.json --offline', 'before anything is deployed'],
    ['keyturn doctor --config keyturn.json', 'the deployment'],
    ['keyturn doctor', 'the lab that runs in this folder'],
  ]);
};

const CHECKS: readonly Check[] = [...storageChecks, ...messageChecks, ...chainChecks, ...rightsChecks];

const unreadable = (message: string): readonly Finding[] =>
  message.split('\n').map((line) => ({
    area: 'config',
    level: 'bad',
    what: line,
    todo: /\.(commitments|address)\b/.test(line)
      ? 'keyturn wallet create makes it.'
      : 'Correct keyturn.json; formats and meaning are in the README.',
  }));

const MARKS: Readonly<Record<Level, Span>> = {
  ok: good('ok  '),
  warn: warn('warn'),
  bad: bad('BAD '),
  unchecked: dim('—   '),
};

const report = (out: Output, name: string, findings: readonly Finding[]): number => {
  const width = Math.max(...findings.map(({ area }) => area.length));
  for (const { area, level, what, todo } of findings) {
    out.line([MARKS[level], `  ${area.padEnd(width)}  ${what}`]);
    if (todo !== '') out.line(dim(`${' '.repeat(width + 8)}→ ${todo}`));
  }
  const count = (level: Level) => findings.filter((one) => one.level === level).length;
  const counts = { ok: count('ok'), warn: count('warn'), bad: count('bad'), unchecked: count('unchecked') };
  out.line();
  out.line(`${counts.ok} ok, ${counts.warn} to look at, ${counts.bad} bad, ${counts.unchecked} not checked`);
  const first = findings.find(({ level }) => level === 'bad');
  out.result({
    ok: counts.bad === 0,
    ...(first === undefined
      ? {}
      : {
          code: 'CONFIG',
          field: first.area,
          message: `${counts.bad} bad, the first: ${first.what}`,
          advice: first.todo,
        }),
    name,
    counts,
    findings,
  });
  return counts.bad === 0 ? DONE : FAILED;
};

export const run = async (session: Session, options: DoctorOptions): Promise<number> => {
  const { deployment, out } = session;
  const { config, lab } = deployment;
  const checks = options.offline === true ? [] : CHECKS;
  const found = await out.during('looking', Promise.all(checks.map((check) => examine(session, check))));
  return report(out, config.law.name, [...configFindings(config, lab !== undefined), ...found.flat()]);
};
