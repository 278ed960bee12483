import { KeyturnError } from '#schemas/codes.ts';
import { isOtlpUrl, OTLP_URL_WORDS } from '#schemas/otlp-url.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where one signal goes, and how. */
export interface Signal {
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Of one batch with its second try. */
  readonly timeoutMs: number;
}

export interface TelemetrySettings {
  readonly traces: Signal | undefined;
  readonly metrics: Signal | undefined;
  readonly sampler: { readonly root: 'on' | 'off' | 'ratio'; readonly ratio: number; readonly parentBased: boolean };
  readonly batch: {
    readonly delayMs: number;
    readonly timeoutMs: number;
    readonly queue: number;
    readonly size: number;
  };
  readonly metricReader: { readonly intervalMs: number; readonly timeoutMs: number; readonly delta: boolean };
}

/** Never with the value: a url or a header may carry a credential. */
const refuse = (name: string, words: string): never => {
  throw new KeyturnError('CONFIG', `${name}: ${words}`, { field: name });
};

/** An empty value counts as none, as the specification has it. */
const textAt = (environment: Environment, name: string): string | undefined => environment[name] || undefined;

const countAt = (environment: Environment, name: string, usual: number, most: number): number => {
  const text = textAt(environment, name);
  if (text === undefined) return usual;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : refuse(name, `must be a whole number from 1 to ${most}`);
};

const choiceAt = <T extends string>(
  environment: Environment,
  names: readonly string[],
  choices: readonly T[],
  usual: T,
): T => {
  const name = names.find((each) => textAt(environment, each) !== undefined);
  if (name === undefined) return usual;
  const found = choices.find((choice) => choice === environment[name]);
  return found ?? refuse(name, `must be ${choices.join(' or ')}`);
};

const urlAt = (environment: Environment, name: string): string | undefined => {
  const text = textAt(environment, name);
  return text === undefined || isOtlpUrl(text) ? text : refuse(name, OTLP_URL_WORDS);
};

const OTLP = 'OTEL_EXPORTER_OTLP';
const MINUTE = 60_000;

const signalAt = (environment: Environment, signal: 'TRACES' | 'METRICS'): Signal | undefined => {
  const own = urlAt(environment, `${OTLP}_${signal}_ENDPOINT`);
  const base = urlAt(environment, `${OTLP}_ENDPOINT`);
  const exporter = choiceAt(environment, [`OTEL_${signal}_EXPORTER`], ['otlp', 'none'], 'otlp');
  if (exporter === 'none' || (own ?? base) === undefined) return undefined;
  const usual = countAt(environment, `${OTLP}_TIMEOUT`, 10_000, MINUTE);
  return {
    url: own ?? `${base?.replace(/\/$/, '')}/v1/${signal.toLowerCase()}`,
    protocol: choiceAt(
      environment,
      [`${OTLP}_${signal}_PROTOCOL`, `${OTLP}_PROTOCOL`],
      ['http/protobuf', 'http/json'],
      'http/protobuf',
    ),
    timeoutMs: countAt(environment, `${OTLP}_${signal}_TIMEOUT`, usual, MINUTE),
  };
};

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const ROOTS = { always_on: 'on', always_off: 'off', traceidratio: 'ratio' } as const;

const samplerAt = (environment: Environment): TelemetrySettings['sampler'] => {
  const named = choiceAt(environment, ['OTEL_TRACES_SAMPLER'], SAMPLERS, 'parentbased_always_on');
  const root = ROOTS[named.replace(/^parentbased_/, '') as keyof typeof ROOTS];
  const text = root === 'ratio' ? (textAt(environment, 'OTEL_TRACES_SAMPLER_ARG') ?? '1') : '1';
  const ratio = /^(?:0|1|0?\.[0-9]{1,9}|1\.0+)$/.test(text)
    ? Number(text)
    : refuse('OTEL_TRACES_SAMPLER_ARG', 'must be a number from 0 to 1');
  return { root, ratio, parentBased: named.startsWith('parentbased_') };
};

/** Headers carry credentials, and an environment value is read by whoever may see the function: docs/telemetry.md says what to do. */
const refuseHeaders = (environment: Environment): void => {
  for (const name of [`${OTLP}_HEADERS`, `${OTLP}_TRACES_HEADERS`, `${OTLP}_METRICS_HEADERS`])
    if (textAt(environment, name) !== undefined)
      refuse(name, 'is not supported: send to a collector of your own, which adds them');
};

/**
 * What the standard OTEL_* values ask for (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Undefined
 * where no endpoint is set: that is the default. Throws CONFIG with the name of the value at fault.
 */
export const telemetrySettings = (environment: Environment): TelemetrySettings | undefined => {
  if (/^true$/i.test(environment.OTEL_SDK_DISABLED ?? '')) return undefined;
  const [traces, metrics] = [signalAt(environment, 'TRACES'), signalAt(environment, 'METRICS')];
  if (traces === undefined && metrics === undefined) return undefined;
  refuseHeaders(environment);
  const queue = countAt(environment, 'OTEL_BSP_MAX_QUEUE_SIZE', 2048, 16_384);
  return {
    traces,
    metrics,
    sampler: samplerAt(environment),
    batch: {
      queue,
      delayMs: countAt(environment, 'OTEL_BSP_SCHEDULE_DELAY', 5000, 10 * MINUTE),
      timeoutMs: countAt(environment, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000, MINUTE),
      size: Math.min(queue, countAt(environment, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, 16_384)),
    },
    metricReader: {
      intervalMs: countAt(environment, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000, 60 * MINUTE),
      timeoutMs: countAt(environment, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000, MINUTE),
      delta:
        choiceAt(environment, [`${OTLP}_METRICS_TEMPORALITY_PREFERENCE`], ['cumulative', 'delta'], 'cumulative') ===
        'delta',
    },
  };
};
