import pino, { type DestinationStream } from 'pino';
import type { Log, LogFields } from '#core/ports.ts';

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITY: Readonly<Record<string, string>> = { info: 'INFO', warn: 'WARNING', error: 'ALERT' };

/**
 * One JSON line per event on stdout, as Cloud Logging reads structured logs
 * (https://cloud.google.com/logging/docs/structured-logging): severity, message, time; the event's fields beside them.
 */
export const logPort = (
  base: LogFields = {},
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Log => {
  const logger = pino(
    {
      base: { ...base },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
    },
    destination,
  );
  return {
    info: (event, fields = {}) => logger.info({ ...fields }, event),
    warn: (event, fields = {}) => logger.warn({ ...fields }, event),
    alarm: (event, fields = {}) => logger.error({ ...fields, alarm: true }, event),
  };
};

/** A log whose every line carries what `fields` gives at that moment; what a line says itself stands before it. */
export const logWith = (log: Log, fields: () => LogFields): Log => ({
  info: (event, own = {}) => log.info(event, { ...fields(), ...own }),
  warn: (event, own = {}) => log.warn(event, { ...fields(), ...own }),
  alarm: (event, own = {}) => log.alarm(event, { ...fields(), ...own }),
});
