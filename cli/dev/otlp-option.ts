import { KeyturnError } from '#schemas/codes.ts';
import { isOtlpUrl, OTLP_URL_WORDS } from '#schemas/otlp-url.ts';

/** The collector that a person names. Throws USAGE, without what was given: a url may carry a key. */
export const otlpOf = (text: string | undefined): string | undefined => {
  if (text === undefined || isOtlpUrl(text)) return text;
  throw new KeyturnError('USAGE', `--otlp: ${OTLP_URL_WORDS}`, { field: 'otlp' });
};

/** What the functions of a lab are told: all of it, and soon, since somebody is looking. */
export const otlpEnvironment = (url: string | undefined): Readonly<Record<string, string>> =>
  url === undefined
    ? {}
    : {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_BSP_SCHEDULE_DELAY: '1000',
        OTEL_METRIC_EXPORT_INTERVAL: '10000',
      };
