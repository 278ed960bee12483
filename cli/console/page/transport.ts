import {
  API_PATH,
  type CallName,
  type Calls,
  type ConsoleEvent,
  EVENTS,
  type Failure,
  SECRET_HEADER,
} from '#cli/console/api.ts';
import { linesOf } from './lines.ts';

/** ms. A terminal may ask for a share, and a person looks for it. */
const DEADLINES: Readonly<Partial<Record<CallName, number>>> = { approve: 600_000, reject: 60_000 };
const DEADLINE = 60_000;

const failure = (code: string, message: string): Failure => ({ ok: false, code, field: '', message, advice: '' });

const UNREACHABLE = failure('CONSOLE_UNREACHABLE', 'The console’s process does not answer.');
const UNREADABLE = failure('CONSOLE_UNREADABLE', 'What answered is not this console.');

/**
 * The way to the process that served this page, and to nobody else. The secret lives in this object alone: no storage, no cookie, no url. Whoever takes
 * the port later gets a secret that opens nothing.
 */
export class Transport {
  #secret = '';

  keep(secret: string): void {
    this.#secret = secret;
  }

  #post(name: string, body: unknown, signal: AbortSignal): Promise<Response> {
    return fetch(`${API_PATH}${name}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.#secret === '' ? {} : { [SECRET_HEADER]: this.#secret }),
      },
      body: JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal,
    });
  }

  async call<Name extends CallName>(name: Name, body: Calls[Name]['body']): Promise<Calls[Name]['answer'] | Failure> {
    try {
      const response = await this.#post(name, body, AbortSignal.timeout(DEADLINES[name] ?? DEADLINE));
      const answer: unknown = await response.json();
      return typeof answer === 'object' && answer !== null && 'ok' in answer
        ? (answer as Calls[Name]['answer'])
        : UNREADABLE;
    } catch (error) {
      return error instanceof SyntaxError ? UNREADABLE : UNREACHABLE;
    }
  }

  /** Each event as it comes, until the stream ends. False: the process answers, and lets this page hear nothing. */
  async listen(tell: (event: ConsoleEvent) => void, signal: AbortSignal): Promise<boolean> {
    const response = await this.#post(EVENTS, {}, signal);
    if (!response.ok || response.body === null) return false;
    for await (const line of linesOf(response.body.pipeThrough(new TextDecoderStream())))
      tell(JSON.parse(line) as ConsoleEvent);
    return true;
  }
}
