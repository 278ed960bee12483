import { randomBytes } from 'node:crypto';
import { Interrupted } from '#cli/app/interrupt.ts';
import { bold, good, Output, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { Answers } from './answer-calls.ts';
import type { CallName, Calls, ConsoleEvent, SessionAnswer, SharePlace } from './api.ts';
import { ReceiptPages, walletsAnswer } from './books-calls.ts';
import { Entry } from './entry.ts';
import type { PageFiles } from './files.ts';
import { Hub } from './hub.ts';
import { queueAnswer } from './queue-call.ts';
import { Rendered } from './rendered.ts';
import { requestAnswer } from './request-call.ts';
import { type Served, serve } from './server.ts';
import { type ShareSource, shareSourceOf } from './share-source.ts';

/** What the console is started with. */
export interface ConsoleOptions {
  /** 0: the system chooses one. */
  readonly port: number;
  /** File of the share. */
  readonly share: string | undefined;
  /** A Pub/Sub subscription whose events make it look at once. */
  readonly subscription: string | undefined;
  readonly files: PageFiles;
  readonly random?: (length: number) => Uint8Array;
}

/** ms without a page after which another link is printed: a page that is loaded anew knows nothing any more. */
const GONE_MS = 5000;

/** Wrong links that are told at the terminal, each on a line. */
const MOST_TOLD = 10;

const ENDS = 'nothing was changed by ending it';

/** What the calls do by themselves is not printed: the page tells it. What is left half done on Ctrl-C is. */
const quiet = (session: Session): Session => ({
  ...session,
  out: new Output({
    stdout: { write: () => true },
    stderr: { write: () => true },
    json: true,
    paint: (_, text) => text,
    watched: false,
  }),
  leave: (words) => session.leave(words === '' ? ENDS : words, 'stream'),
});

type Handlers = { readonly [Name in CallName]: (body: Calls[Name]['body']) => Promise<Calls[Name]['answer']> };

/** One console: its calls, and what they share. */
class Console implements Served {
  readonly files: PageFiles;
  readonly #session: Session;
  readonly #hub: Hub;
  readonly #entry: Entry;
  readonly #rendered = new Rendered();
  readonly #receipts = new ReceiptPages();
  readonly #handlers: Handlers;
  readonly #shares: ShareSource;
  #pages = 0;
  #wrong = 0;
  #link: () => void = () => {};

  constructor(session: Session, hub: Hub, { files, share, random = randomBytes }: ConsoleOptions) {
    const inner = quiet(session);
    this.files = files;
    this.#session = session;
    this.#hub = hub;
    this.#entry = new Entry(random, () => session.clock.now());
    const { me, deployment } = session;
    const coSigner = me === undefined ? undefined : coSignerNamed(deployment.config.law, me);
    this.#shares = shareSourceOf(inner, coSigner, share);
    const answers = new Answers({
      ...{ session: inner, rendered: this.#rendered, shares: this.#shares, hub },
      terminal: session.out,
    });
    this.#handlers = {
      session: async ({ code }) => this.#begin(code),
      queue: async (body) => queueAnswer(inner, await hub.latest(), body),
      request: ({ id }) => requestAnswer(inner, this.#rendered, id),
      approve: (body) => answers.approve(body),
      reject: (body) => answers.reject(body),
      receipts: (body) => this.#receipts.answer(inner, body),
      wallets: () => walletsAnswer(inner),
    };
  }

  #exchanged(code: string): string {
    try {
      return this.#entry.exchange(code);
    } catch (error) {
      this.#wrong += 1;
      // Whoever tries without end fills no terminal.
      if (this.#wrong <= MOST_TOLD)
        this.#session.out.aside(warn('! Somebody on this machine tried a link that opens nothing.'));
      throw error;
    }
  }

  #begin(code: string): SessionAnswer {
    const secret = this.#exchanged(code);
    this.#rendered.forget();
    const { deployment, me, clock, out } = this.#session;
    const { law, lawHash } = deployment.config;
    out.line([good('A page was opened.'), ' If that was not you, end the console with Ctrl-C.']);
    return {
      ok: true,
      secret,
      ...{ name: law.name, lab: deployment.lab !== undefined, lawHash, me: me ?? null },
      isCoSigner: this.#shares.place !== 'none',
      share: this.#shares.place,
      wallets: law.wallets.map(({ name }) => name),
      now: timeText(clock.now()),
    };
  }

  get place(): SharePlace {
    return this.#shares.place;
  }

  /** The address to open, with a fresh code in its fragment, which no browser sends. */
  link(host: string): string {
    return `http://${host}/#code=${this.#entry.code()}`;
  }

  /** What to do once the page that was open has gone. */
  onGone(print: () => void): void {
    this.#link = print;
  }

  holds(secret: string): boolean {
    return this.#entry.holds(secret);
  }

  async call(name: CallName, body: unknown): Promise<object> {
    try {
      return await (this.#handlers[name] as (body: unknown) => Promise<object>)(body);
    } catch (error) {
      if (!isKeyturnError(error) && !this.#session.signal.aborted)
        this.#session.out.aside(warn(`! a fault of keyturn itself, in ${name}: ${String(error)}`));
      throw error;
    }
  }

  listen(tell: (event: ConsoleEvent) => void): () => void {
    this.#pages += 1;
    const end = this.#hub.listen((event) => {
      // What was settled is in a receipt that was not there before.
      if (event.kind === 'request' && event.change === 'over') this.#receipts.forget();
      tell(event);
    });
    return () => {
      this.#pages -= 1;
      end();
      void this.#afterwards();
    };
  }

  async #afterwards(): Promise<void> {
    const { clock, signal } = this.#session;
    await clock.sleep(GONE_MS, signal);
    if (this.#pages === 0 && !signal.aborted) this.#link();
  }
}

/** Wakes the hub at each event of a subscription, which is acknowledged: none is needed twice. Ends by a fault of keyturn alone. */
const follow = async ({ ports, signal, out }: Session, subscription: string, hub: Hub): Promise<never> => {
  try {
    const subscriber = await ports.subscriber();
    await subscriber.follow(subscription, async () => hub.wake(), signal);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    // Events only make it quicker: without them it looks by itself.
    out.aside(warn(`! --subscription ${subscription}: ${error.code}: ${error.message}. The console looks by itself.`));
  }
  return new Promise<never>(() => {});
};

const interrupted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(new Interrupted());
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

const tellWhere = ({ out, me, deployment }: Session, one: Console, host: string): void => {
  const { place } = one;
  const who = place === 'none' ? 'to look on' : `as ${me}`;
  const link = (): void =>
    out.lines([['Open ', bold(one.link(host))], 'The link works once, within 5 minutes, on this machine.']);
  out.line([bold(deployment.config.law.name), `, ${who}. Ctrl-C ends the console.`]);
  // A program was promised one object.
  if (out.json) out.result('console', { ok: true, url: one.link(host), me: me ?? null, share: place });
  else {
    link();
    one.onGone(link);
  }
};

/** Runs until Ctrl-C. Throws Interrupted then; USAGE, and what listening throws. */
export const runConsole = async (session: Session, options: ConsoleOptions): Promise<never> => {
  const { signal, clock } = session;
  const { subscription } = options;
  const hub = new Hub(quiet(session), subscription === undefined ? 'polling' : 'events');
  const one = new Console(session, hub, options);
  const server = await serve(options.port, one);
  session.leave(ENDS, 'stream');
  try {
    tellWhere(session, one, server.host);
    const following = subscription === undefined ? [] : [follow(session, subscription, hub)];
    return await Promise.race([interrupted(signal), hub.run(), hub.beat(), ...following]);
  } finally {
    hub.tell({ kind: 'bye', at: timeText(clock.now()) });
    await server.close();
  }
};
