import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Interrupted } from '#cli/app/interrupt.ts';
import { type CallName, type Calls, type ConsoleEvent, type Failure, SECRET_HEADER } from '#cli/console/api.ts';
import { type ConsoleOptions, runConsole } from '#cli/console/run-console.ts';
import type { Clock } from '#core/ports.ts';
import { type CliHarness, type CliHarnessOptions, NOW, stageOf } from './people.ts';

/** Time that stands until it is told to go on. A sleep ends when its time has come, or by its signal. */
export class HeldClock implements Clock {
  #now = NOW;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { due: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    const awake = this.#sleepers.filter(({ due }) => due <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ due }) => due > this.#now);
    for (const { wake } of awake) wake();
  }
}

const PAGE: ConsoleOptions['files'] = new Map(
  (
    [
      ['index.html', 'text/html; charset=utf-8', '<!doctype html><title>the page</title>'],
      ['app.js', 'text/javascript; charset=utf-8', 'run();'],
      ['app.css', 'text/css; charset=utf-8', 'p{}'],
    ] as const
  ).map(([name, type, text]) => [name, { type, bytes: new TextEncoder().encode(text) }]),
);

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Undefined: this header is not sent. A list: sent so often. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Uint8Array;
}

const open = (port: number, { method = 'GET', path = '/', headers = {}, body }: Sent) => {
  // A connection of its own for each: one that was kept would lead to whoever listened there before.
  const asked = httpRequest({ host: '127.0.0.1', port, method, path, setHost: false, agent: false });
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) asked.setHeader(name, value);
  asked.end(body);
  return asked;
};

/** Sends exactly these headers. */
export const send = (port: number, sent: Sent): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const asked = open(port, sent);
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
  });

/** What a browser adds to a call of the page. */
export const pageHeaders = (host: string): Record<string, string> => ({
  host,
  origin: `http://${host}`,
  'content-type': 'application/json',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
});

/** What a browser says when a person opens the link. */
export const openHeaders = (host: string): Record<string, string> => ({
  host,
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
});

/** Events as they come. */
export interface Heard {
  readonly events: ConsoleEvent[];
  /** Resolves once one of them fits. */
  until(fits: (event: ConsoleEvent) => boolean): Promise<ConsoleEvent>;
  readonly closed: Promise<void>;
  leave(): void;
}

export interface TestConsole {
  readonly stage: CliHarness;
  readonly clock: HeldClock;
  readonly host: string;
  readonly port: number;
  /** Codes of the links that were printed so far. */
  codes(): readonly string[];
  /** A call as the page makes it. Without `secret`: that of the page that was opened last here. */
  call<Name extends CallName>(
    name: Name,
    body: Calls[Name]['body'],
    secret?: string,
  ): Promise<(Calls[Name]['answer'] | Failure) & { readonly status: number }>;
  /** Opens the page by the newest link; gives its secret. */
  enter(): Promise<string>;
  listen(): Promise<Heard>;
  /** Ctrl-C. */
  end(): Promise<void>;
}

export interface TestConsoleOptions
  extends CliHarnessOptions,
    Partial<Pick<ConsoleOptions, 'share' | 'subscription' | 'files'>> {}

const listenTo = (port: number, headers: Readonly<Record<string, string>>): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const asked = open(port, { method: 'POST', path: '/api/events', headers, body: '{}' });
    const events: ConsoleEvent[] = [];
    let waiting: (() => void)[] = [];
    asked.on('error', reject);
    asked.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        const lines = `${rest}${part}`.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line): ConsoleEvent => JSON.parse(line)));
        for (const wake of waiting.splice(0)) wake();
      });
      const closed = new Promise<void>((done) => {
        response.on('close', done);
        response.on('error', () => {});
      });
      const until = async (fits: (event: ConsoleEvent) => boolean): Promise<ConsoleEvent> => {
        for (;;) {
          const found = events.find(fits);
          if (found !== undefined) return found;
          await new Promise<void>((wake) => {
            waiting = [...waiting, wake];
          });
        }
      };
      resolve({ events, until, closed, leave: () => void asked.destroy() });
    });
  });

/** A console over ports of memory, served on a port that the system chose. `begin`: before it starts. */
export const startConsole = async (
  options: TestConsoleOptions = {},
  begin: (stage: CliHarness) => void = () => {},
): Promise<TestConsole> => {
  const { share, subscription, files = PAGE, ...over } = options;
  const stage = stageOf(over);
  begin(stage);
  const clock = new HeldClock();
  const running = runConsole({ ...stage.session, clock }, { port: 0, share, subscription, files });
  const ended = running.then(
    () => {
      throw new Error('a console ends by Ctrl-C alone');
    },
    (error: unknown) => {
      if (!(error instanceof Interrupted)) throw error;
    },
  );
  const links = (): readonly string[][] =>
    [...stage.stdout.text.matchAll(/http:\/\/(127\.0\.0\.1:\d+)\/#code=([\w-]+)/g)].map(([, ...found]) => found);
  while (links().length === 0) await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
  const host = links()[0]?.[0] ?? '';
  const port = Number(host.split(':')[1]);
  const codes = (): readonly string[] => links().map(([, code = '']) => code);
  let held = '';
  const call: TestConsole['call'] = async (name, body, secret = held) => {
    const headers = { ...pageHeaders(host), ...(secret === '' ? {} : { [SECRET_HEADER]: secret }) };
    const { status, text } = await send(port, {
      method: 'POST',
      path: `/api/${name}`,
      headers,
      body: JSON.stringify(body),
    });
    return { ...JSON.parse(text), status };
  };
  return {
    stage,
    clock,
    host,
    port,
    codes,
    call,
    enter: async () => {
      const answer = await call('session', { code: codes().at(-1) ?? '' }, '');
      if (!answer.ok) throw new Error(answer.message);
      held = answer.secret;
      return held;
    },
    listen: () => listenTo(port, { ...pageHeaders(host), [SECRET_HEADER]: held }),
    end: async () => {
      stage.interrupt.abort();
      await ended;
    },
  };
};
