import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, inSession } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { examples } from '#cli/app/help.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { type Found, lookAgain } from '#cli/app/look-again.ts';
import { bold, dim, good, jsonText, warn } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { parseDuration, spanText } from '#cli/app/units.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { wrongOption } from '#cli/app/wrong-option.ts';
import { openRequests, summary, until, type Waiting } from '#cli/operate/open-requests.ts';
import { readSecretFile } from '#cli/wallet/secret-file.ts';
import { answersOf, type News, newsOf } from '#cli/watch/answerable.ts';
import { Deliveries } from '#cli/watch/deliveries.ts';
import { marksFolder, openMarks } from '#cli/watch/marks.ts';
import { checkProgram, program } from '#cli/watch/program.ts';
import { admit, MAX_AT_ONCE, MAX_QUEUE } from '#cli/watch/queue.ts';
import type { Receiver } from '#cli/watch/receiver.ts';
import { MAX_ATTEMPTS, ONCE_ATTEMPTS } from '#cli/watch/retry.ts';
import { webhookSecret } from '#cli/watch/signature.ts';
import { webhook, webhookUrl } from '#cli/watch/webhook.ts';
import type { CoSigner } from '#schemas/config.ts';
import { requestObject } from '#schemas/names.ts';

export interface WatchOptions {
  readonly wallet?: string;
  readonly once?: boolean;
  readonly run?: string;
  readonly deadline?: string;
  readonly webhook?: string;
  readonly secret?: string;
  readonly marks?: string;
}

const DEADLINE = '30s';

export const define = (command: Command, cli: CliContext): void => {
  command
    .description(
      `Print each new request that you can answer, until Ctrl-C, and hand it to a command or a webhook. It only reads, and answers nothing.\nWhat was handed over leaves a mark, so that no restart does it again. Until then it is read in the bucket each time, and never lost.\nAt most ${MAX_QUEUE} are in hand and ${MAX_AT_ONCE} at work; the oldest stay, and others wait in the bucket. Exit code with --once: 1 where one was not taken.`,
    )
    .argument('[args...]', 'with --run: arguments of the command; after -- where one begins with a dash')
    .option('--wallet <name>', 'only requests of this wallet')
    .option('--once', 'look once, and end')
    .option(
      '--run <program>',
      'run it for each, without a shell: the request is JSON on its standard input; 0 is a yes',
    )
    .option('--deadline <time>', `with --run: how long it may take (default: ${DEADLINE})`)
    .option('--webhook <url>', 'post each there as JSON: https, or http to this machine; any 2xx is a yes')
    .option('--secret <file>', 'with --webhook: the secret that signs, whsec_…, in a file that only you may read')
    .option('--marks <folder>', 'where it is kept what was handed over (default: .keyturn/watch)')
    .action((args: readonly string[], options: WatchOptions) => {
      // A command of somebody's has to be ended first.
      cli.graceMs = 3000;
      return inSession(cli, command, 'answering co-signer', (session) => run(session, args, options));
    });
  examples(command, [
    ['watch --as alice', 'say what comes'],
    ['watch --as alice --run ./tell-me.sh -- --quietly', 'run a command of yours for each'],
    ['watch --as alice --webhook https://alice.example/keyturn --secret webhook.secret', 'and to a server of yours'],
    ['watch --as alice --once --json', 'from cron: one object a line'],
  ]);
};

/** Who hears of each, and by what its marks are told from those of others. */
interface Chosen {
  readonly receiver: Receiver;
  readonly name: readonly string[];
}

const runOf = (session: Session, given: string, args: readonly string[], deadline: string): Chosen => {
  checkProgram(given);
  const { clock, out } = session;
  const said = (text: string): void => {
    for (const line of text.trimEnd().split('\n')) out.aside(`  ${line}`);
  };
  const deadlineMs = 1000 * parseDuration(deadline, '--deadline');
  return { receiver: program({ program: given, args, deadlineMs, clock, said }), name: ['run', given, ...args] };
};

const webhookOf = async (session: Session, given: string, secretFile: string | undefined): Promise<Chosen> => {
  const url = webhookUrl(given);
  if (secretFile === undefined)
    throw wrongOption('secret', 'give the file of the secret that signs, so that nobody else can call your webhook');
  const secret = webhookSecret(new TextDecoder().decode(await readSecretFile(secretFile, true, 'secret')));
  return { receiver: webhook(url, secret, session.clock), name: ['webhook', url.href] };
};

/** Undefined where it is only printed. Throws USAGE, NOT_FOUND. */
const chosen = async (
  session: Session,
  args: readonly string[],
  options: WatchOptions,
): Promise<Chosen | undefined> => {
  const { run: command, deadline, webhook: url, secret } = options;
  if (command !== undefined && url !== undefined) throw wrongOption('run', 'give --run or --webhook, and not both');
  if (command === undefined && args.length > 0) throw wrongOption('run', 'arguments need a command to run');
  if (command === undefined && deadline !== undefined) throw wrongOption('deadline', 'belongs to --run');
  if (url === undefined && secret !== undefined) throw wrongOption('secret', 'belongs to --webhook');
  if (command !== undefined) return runOf(session, command, args, deadline ?? DEADLINE);
  if (url !== undefined) return webhookOf(session, url, secret);
  if (options.marks !== undefined) throw wrongOption('marks', 'belongs to --run or --webhook');
  return undefined;
};

const deliveriesOf = (
  session: Session,
  me: CoSigner,
  { receiver, name }: Chosen,
  options: WatchOptions,
): Deliveries => {
  const { clock, signal, deployment, out } = session;
  const folder = options.marks === undefined ? marksFolder(deployment, me.name, name) : resolve(options.marks);
  return new Deliveries({
    ...{ receiver, clock, signal, random: Math.random, marks: openMarks(folder, clock.now()) },
    attempts: options.once === true ? ONCE_ATTEMPTS : MAX_ATTEMPTS,
    failed: ({ id }, why, again) => {
      const then =
        again === undefined ? 'given up until the next start' : `again in ${spanText(Math.max(again, 1000))}`;
      out.aside(warn(`! ${id.slice(0, 8)} not handed over: ${why}; ${then}`));
    },
  });
};

class Watch {
  readonly #session: Session;
  readonly #me: CoSigner;
  readonly #wallet: string | undefined;
  readonly #deliveries: Deliveries | undefined;
  /** Told in this run. */
  readonly #told = new Set<string>();
  #left = 0;

  constructor(session: Session, me: CoSigner, wallet: string | undefined, deliveries: Deliveries | undefined) {
    this.#session = session;
    this.#me = me;
    this.#wallet = wallet;
    this.#deliveries = deliveries;
  }

  /** Tells what is new, as far as there is room for it. */
  async look(): Promise<Found> {
    this.#deliveries?.check();
    const { deployment, clock } = this.#session;
    const { open, broken, short } = await openRequests(this.#session, this.#wallet);
    for (const { id, broken: error } of broken) this.#tellBroken(id, `${error.code}: ${error.message}`);
    const fresh = open.flatMap((one) => {
      if (this.#told.has(one.id) || this.#deliveries?.isTaken(one.id) === true) return [];
      const can = answersOf(one, this.#me, clock.now());
      const eventId = `${deployment.buckets.results}/${requestObject(one.id)}`;
      return can === undefined ? [] : [{ one, news: newsOf(one, eventId, { as: this.#me.name, can }) }];
    });
    const { taken, left } = admit(fresh, this.#deliveries?.room ?? Number.POSITIVE_INFINITY);
    for (const { one, news } of taken) this.#tell(one, news, short.get(one.id) ?? one.id);
    this.#tellLeft(left);
    this.#forget(new Set([...open, ...broken].map(({ id }) => id)));
    return taken.length > 0 ? 'changed' : 'same';
  }

  #tell(one: Waiting, news: News, short: string): void {
    const { out, clock } = this.#session;
    this.#told.add(one.id);
    const ends = spanText(until(one) - clock.now());
    const asks = summary(one.request, one.law);
    const can =
      news.json.can.length === 0 ? warn('its outcome is unverified') : `you can ${news.json.can.join(' or ')}`;
    out.line([good('new'), '  ', bold(short), `  ${one.wallet.name}  ${asks}  `, can, dim(`  ${ends} left`)]);
    out.result('watch', news.json);
    this.#deliveries?.add({ ...news, body: jsonText(news.json) });
  }

  #tellBroken(id: string, words: string): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#session.out.aside(warn(`! ${id.slice(0, 8)} ${words}`));
  }

  #tellLeft(left: number): void {
    if (left > 0 && this.#left === 0)
      this.#session.out.aside(warn(`! ${MAX_QUEUE} are in hand: ${left} more wait in the bucket, and follow`));
    this.#left = left;
  }

  /** What is over is no longer listed: a watch that runs for months must not remember it. */
  #forget(listed: ReadonlySet<string>): void {
    for (const id of this.#told) if (!listed.has(id)) this.#told.delete(id);
  }
}

const once = async (
  session: Session,
  watch: Watch,
  deliveries: Deliveries | undefined,
  name: string,
): Promise<number> => {
  let told = false;
  // As many looks as the queue needs to take them all.
  while ((await watch.look()) === 'changed') {
    told = true;
    await deliveries?.idle();
    goOn(session.signal);
  }
  if (!told) session.out.line(`Nothing new that ${name} can answer.`);
  return (deliveries?.lost ?? 0) > 0 ? FAILED : DONE;
};

export const run = async (session: Session, args: readonly string[], options: WatchOptions): Promise<number> => {
  const me = coSignerOf(session);
  if (options.wallet !== undefined) walletGiven(session.deployment.config.law, options.wallet);
  const receiver = await chosen(session, args, options);
  const over = new AbortController();
  const bound = { ...session, signal: AbortSignal.any([session.signal, over.signal]) };
  const deliveries = receiver === undefined ? undefined : deliveriesOf(bound, me, receiver, options);
  const watch = new Watch(session, me, options.wallet, deliveries);
  session.leave('nothing was answered; what was not handed over is so at the next start', 'stream');
  try {
    if (options.once === true) return await once(session, watch, deliveries, me.name);
    session.out.line(`Watching for what ${me.name} can answer; Ctrl-C ends it.`);
    for (;;) await lookAgain(session, () => watch.look());
  } finally {
    // Whatever ended it: no command runs on, and no pause between two attempts is waited for.
    over.abort();
    await deliveries?.idle().catch(() => {});
  }
};
