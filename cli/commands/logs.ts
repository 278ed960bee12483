import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { bad, dim, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { shellWord } from '#cli/app/shell.ts';
import { parseCount } from '#cli/app/units.ts';
import { keptLogs } from '#cli/dev/kept-logs.ts';
import { fieldText, type LogLine, lineOf, logFilter, memberOf } from '#cli/operate/log-lines.ts';
import { idGiven, sinceOf } from '#cli/request/stored-requests.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { timeText } from '#schemas/spellings.ts';

export interface LogsOptions {
  readonly reference?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly print?: boolean;
}

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      'Follow one request through the logs of functions and machines. In the cloud this needs roles/logging.viewer in the operator’s project.',
    )
    .argument('[id]', 'id of the request, or its first 8 or more digits')
    .option('--reference <text>', 'instead of an id: the one request with this reference')
    .option('--since <time>', 'how far back: 12h, 7d, or a day written YYYY-MM-DD', '30d')
    .option('--limit <n>', 'at most so many lines, the oldest first', '1000')
    .option('--print', 'print the same query for gcloud, and do not run it')
    .action((id: string | undefined, options: LogsOptions) =>
      inSession(cli, command, 'operator', (session) => run(session, id, options)),
    );
  examples(command, [
    ['logs 3f2a91bc', 'what was logged of it, the oldest first'],
    ['logs 3f2a91bc --print', 'for somebody who may read the logs'],
  ]);
};

const severe = (severity: string): Line | undefined =>
  ['WARNING', 'NOTICE'].includes(severity)
    ? warn(severity.toLowerCase())
    : ['ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'].includes(severity)
      ? bad(severity.toLowerCase())
      : undefined;

const inCloud = async (session: Session, filter: string, limit: number, typed: string): Promise<readonly LogLine[]> => {
  const { projectId } = session.deployment.config.law.operator;
  try {
    const entries = await session.out.during('asking Cloud Logging', session.ports.logs(projectId, filter, limit));
    return entries.map(({ timestamp, severity, resource, labels, jsonPayload, textPayload }) => {
      const who = resource.labels.service_name ?? labels.instance_name ?? resource.labels.instance_id ?? 'unknown';
      const written = { who, time: timestamp, severity };
      // The launcher of a machine puts the line of its workload into one member.
      const text = textPayload ?? jsonPayload?.MESSAGE;
      if (typeof text === 'string') return lineOf(written, text);
      return memberOf(written, jsonPayload) ?? lineOf(written, JSON.stringify(jsonPayload ?? {}));
    });
  } catch (error) {
    if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
    throw new KeyturnError(
      'PERMISSION_DENIED',
      `reading the logs of ${projectId} needs roles/logging.viewer there. For somebody who may: ${typed}`,
      { cause: error },
    );
  }
};

export const run = async (session: Session, given: string | undefined, options: LogsOptions): Promise<number> => {
  const { out, deployment, clock } = session;
  const limit = parseCount(options.limit ?? '1000', '--limit', 10_000);
  const since = sinceOf(options.since ?? '30d', '--since', clock.now());
  const id = await idGiven(session, given, options.reference);
  const { projectId } = deployment.config.law.operator;
  const filter = logFilter(id, timeText(since));
  const typed = `gcloud logging read ${shellWord(filter)} --project ${shellWord(projectId)} --order asc --limit ${limit} --format json`;
  if (options.print === true) {
    out.line(typed);
    out.result('logs', { ok: true, id, filter, command: typed, lines: null });
    return DONE;
  }
  const kept = deployment.lab === undefined ? undefined : await keptLogs(deployment.path, id);
  const lines =
    kept === undefined
      ? await inCloud(session, filter, limit, typed)
      : kept
          .filter(({ at }) => Date.parse(at) >= since)
          .slice(0, limit)
          .map(({ who, at, line }) => lineOf({ who, time: at }, line));
  if (lines.length === 0) out.line('No line names it.');
  const width = Math.max(0, ...lines.map(({ who }) => who.length));
  for (const line of lines) {
    const mark = severe(line.severity);
    out.line([
      dim(`${line.time}  ${line.who.padEnd(width)}  `),
      ...(mark === undefined ? [] : [mark, ' '].flat()),
      line.event,
      dim(`  ${fieldText(line, id)}`),
    ]);
  }
  if (lines.length === limit) out.line(`The first ${limit}; --limit shows more.`);
  out.result('logs', { ok: true, id, filter, command: typed, lines });
  return DONE;
};
