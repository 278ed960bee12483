import { z } from 'zod';

/** One line that a function or a machine logged. */
export interface LogLine {
  /** As it was written; "" where it was not. */
  readonly time: string;
  /** The function or the machine. */
  readonly who: string;
  readonly severity: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const structured = z.looseObject({ message: z.string(), severity: z.string().optional(), time: z.string().optional() });

interface Written {
  readonly who: string;
  readonly time: string;
  readonly severity?: string;
}

/** A line of text: one JSON object of ours (adapters/log.ts), or words of something else. */
export const lineOf = ({ who, time, severity = 'DEFAULT' }: Written, text: string): LogLine => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { time, who, severity, event: text, fields: {} };
  }
  return memberOf({ who, time, severity }, value) ?? { time, who, severity, event: text, fields: {} };
};

/** The same of an object; undefined where it is no line of ours. */
export const memberOf = ({ who, time, severity = 'DEFAULT' }: Written, value: unknown): LogLine | undefined => {
  const parsed = structured.safeParse(value);
  if (!parsed.success) return undefined;
  const { message, severity: own, time: at, ...fields } = parsed.data;
  return { time: at ?? time, who, severity: own ?? severity, event: message, fields };
};

/** A value in one line. */
const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Says again who speaks, or is for Cloud Logging alone (the trace). --json has all of it. */
const isForMachines = (name: string): boolean =>
  name === 'function' || name === 'workload' || name.startsWith('logging.googleapis.com/');

/** What a line says to people beside the id, which is that of all of them. */
export const fieldText = ({ fields }: LogLine, id: string): string =>
  Object.entries(fields)
    .filter(([name, value]) => value !== id && !isForMachines(name))
    .map(([name, value]) => `${name}=${plain(value)}`)
    .join(' ');

const ours = '(resource.type="cloud_run_revision" OR resource.type="gce_instance")';

/** The filter of Cloud Logging for what functions and machines wrote of a request. A word in quotes is sought in all fields. */
export const logFilter = (id: string, since: string): string => `${ours} AND timestamp>="${since}" AND "${id}"`;
