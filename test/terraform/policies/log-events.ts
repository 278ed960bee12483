import { globSync, readFileSync } from 'node:fs';
import { CODES } from '#schemas/codes.ts';
import { ROOT } from '../used-types.ts';

/** A log line that the code writes, as it stands in the source. */
export interface LogEvent {
  readonly event: string;
  readonly level: 'info' | 'warn' | 'alarm';
  /** `functions/reconcile/close.ts` */
  readonly file: string;
}

const STEPS = ['intake', 'collect', 'launch', 'finalize', 'reconcile'] as const;

const CALL = /\b(?:log|logger)\s*\.(info|warn|alarm)\(\s*(?:'([\w.-]+)'|`\$\{[^}`]+\}\.([\w-]+)`)/g;

const levelOf = (word: string | undefined): LogEvent['level'] => (word === 'alarm' || word === 'warn' ? word : 'info');

const sources = (): ReadonlyMap<string, string> =>
  new Map(
    globSync('{functions,workload,core,adapters}/**/*.ts', { cwd: ROOT })
      .sort()
      .map((file) => [file, readFileSync(`${ROOT}${file}`, 'utf8')]),
  );

const SOURCES = sources();

/** Every call of the log port. What is written for each step alike (`${step.name}.act`) counts once for each. */
export const LOG_EVENTS: readonly LogEvent[] = [...SOURCES].flatMap(([file, source]) =>
  [...source.matchAll(CALL)].flatMap(([, level, event, suffix]) =>
    (event === undefined ? STEPS.map((step) => `${step}.${suffix}`) : [event]).map((name) => ({
      event: name,
      level: levelOf(level),
      file,
    })),
  ),
);

/** What several functions run: everything of `runtime`, and `settlement` where a chain is followed. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  runtime: STEPS,
  settlement: ['finalize', 'reconcile'],
};

/** Who runs a file: a function by its name, those that share a folder, the VM, or all of them. */
export const runs = (file: string, service: string): boolean => {
  const [room = '', folder = ''] = file.split('/');
  if (room === 'core' || room === 'adapters') return true;
  if (room === 'workload') return service === 'vm';
  return folder === service || SHARED[folder]?.includes(service) === true;
};

/** Whether a word of a filter can stand in a line at all: as an event, a code, or a text of the source. */
export const isWritten = (word: string): boolean =>
  LOG_EVENTS.some(({ event }) => event === word) ||
  Object.hasOwn(CODES, word) ||
  [...SOURCES.values()].some((source) => source.includes(`'${word}'`));
