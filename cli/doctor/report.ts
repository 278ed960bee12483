import { DONE, FAILED, USAGE } from '#cli/app/failure.ts';
import { bad, dim, good, type Output, type Span, warn } from '#cli/app/output.ts';
import type { Finding, Level } from './finding.ts';

/** Nothing bad was seen, and not all could be: no pass. As with diff and grep, 2 is trouble. */
const UNREAD = USAGE;

const MARKS: Readonly<Record<Level, Span>> = {
  ok: good('ok  '),
  warn: warn('warn'),
  bad: bad('BAD '),
  unread: warn('?   '),
  unchecked: dim('—   '),
};

/** Tells all findings, and gives the exit code. */
export const report = (out: Output, name: string, findings: readonly Finding[]): number => {
  const width = Math.max(...findings.map(({ area }) => area.length));
  for (const { area, level, what, todo } of findings) {
    out.line([MARKS[level], `  ${area.padEnd(width)}  ${what}`]);
    if (todo !== '') out.line(dim(`${' '.repeat(width + 8)}→ ${todo}`));
  }
  const count = (level: Level) => findings.filter((one) => one.level === level).length;
  const counts = {
    ok: count('ok'),
    warn: count('warn'),
    bad: count('bad'),
    unread: count('unread'),
    unchecked: count('unchecked'),
  };
  out.line();
  out.line(
    `${counts.ok} ok, ${counts.warn} to check, ${counts.bad} bad, ${counts.unread} could not be read, ${counts.unchecked} not checked`,
  );
  const first = findings.find(({ level }) => level === (counts.bad > 0 ? 'bad' : 'unread'));
  out.result('doctor', {
    ok: first === undefined,
    ...(first === undefined
      ? {}
      : {
          code: first.level === 'bad' ? 'CONFIG' : 'PERMISSION_DENIED',
          field: first.area,
          message: `${counts.bad} bad, ${counts.unread} could not be read, the first: ${first.what}`,
          advice: first.todo,
        }),
    name,
    counts,
    findings,
  });
  if (counts.bad > 0) return FAILED;
  return counts.unread > 0 ? UNREAD : DONE;
};
