import pino, { type DestinationStream } from 'pino';
import type { Log, LogFields } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { causesOf, member } from './calls/error-facts.ts';

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITY: Readonly<Record<string, string>> = { info: 'INFO', warn: 'WARNING', error: 'ALERT' };

/**
 * Log lines of an error: its code, its message, and the codes below it. Never a stack or a foreign message: those may carry payloads
 * (ethers writes the whole transaction into its messages, gaxios the request).
 */
export const errorFields = (error: unknown): LogFields => {
  const causes = causesOf(error)
    .slice(1)
    .map((cause) => member(cause, 'code') ?? member(cause, 'name') ?? 'Error')
    .map(String)
    .filter((word) => /^[\w.-]{1,40}$/.test(word));
  const below = causes.length > 0 ? { causes: causes.join(' < ') } : {};
  if (isKeyturnError(error)) return { code: error.code, reason: error.message, field: error.field, ...below };
  const name = member(error, 'name');
  return { code: 'BUG', reason: typeof name === 'string' ? name : 'not an Error', ...below };
};

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
