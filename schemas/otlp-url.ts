import { isLoopback } from './loopback.ts';

/** What an OTLP url must be, in the words of a refusal. */
export const OTLP_URL_WORDS =
  'must be the https url of an OTLP/HTTP collector, or http on this machine (http://127.0.0.1:4318); no name, password, query or fragment';

/** Whether telemetry may go there. A url that carries a credential is refused: it would stand in the settings for everybody to read. */
export const isOtlpUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || /[?#\s]/.test(text)) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
};
