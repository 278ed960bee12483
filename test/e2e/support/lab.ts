import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { walletFolder } from '#local/lab/chains.ts';
import { type Lab, type LabOptions, startLab } from '#local/lab/lab.ts';
import { accountEmail, type FunctionName, OWNER } from '#local/lab/people.ts';
import { type Buckets, bucketsOf, outcomeObject, shareAad, topicsOf } from '#schemas/names.ts';
import { DIST, ensureBuilt } from '../../../build/build.ts';
import { LeakWatch } from '../../support/leaks/watch.ts';
import { googleKms, googlePubSub, googleStorage, tokenOf } from './clients.ts';
import { bytesOf, type Draft, draft } from './requests.ts';
import { placesSaid } from './said.ts';
import { waitFor } from './waiting.ts';
import { type Seen, watchTopics } from './watch.ts';

/** One log line of a function (`source` is its name) or of a machine. `fields` is empty where the line is no JSON. */
export interface LogLine {
  readonly source: string;
  readonly text: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Fields = Readonly<Record<string, unknown>>;

export interface TestLab {
  readonly lab: Lab;
  readonly folder: string;
  readonly lines: readonly LogLine[];
  readonly seen: readonly Seen[];
  /** Looks for secrets in all that the lab keeps, starts and says, when it is closed. */
  readonly leaks: LeakWatch;
  /** As the dApp, or whoever has the plain port. Resolves to the message id. */
  publish(
    data: Buffer,
    topic?: keyof ReturnType<typeof topicsOf>,
    attributes?: Record<string, string>,
  ): Promise<string>;
  /** Publishes an admissible request and waits until intake has accepted it. Resolves to its id. */
  ask(over?: Draft): Promise<string>;
  /** The line in the share file of a co-signer, of the main wallet or another. */
  shareText(coSigner: string, wallet?: string): string;
  encrypt(coSigner: string, plaintext: string | Buffer, aad: string): Promise<Buffer>;
  /** As that co-signer; `path` below the co-signer's prefix. */
  upload(coSigner: string, path: string, bytes: Buffer): Promise<void>;
  /** A good share, or what `over` makes of it, under `shares/<id>` or `shares/<id>/<attempt>`. */
  approve(coSigner: string, id: string, over?: { plaintext?: string; aad?: string; attempt?: string }): Promise<void>;
  /** Live bytes as the owner sees them; undefined where there is no such object. */
  read(bucket: keyof Buckets, name: string): Buffer | undefined;
  json(bucket: keyof Buckets, name: string): Fields | undefined;
  list(bucket: keyof Buckets, prefix?: string): readonly string[];
  events(type: string, about?: Fields): readonly Seen[];
  event(type: string, about: Fields): Promise<Seen>;
  logged(message: string, about?: Fields): readonly LogLine[];
  line(message: string, about: Fields): Promise<LogLine>;
  outcome(id: string): Promise<Fields>;
  /**
   * Straight to a function's service, past topic and schema, as its push subscription would. `delivery` stands beside the message in the
   * body: without a deliveryAttempt, as where there are no dead letters. Resolves to the HTTP status.
   */
  push(
    name: FunctionName,
    data: Buffer,
    attributes?: Record<string, string>,
    delivery?: { readonly deliveryAttempt?: number; readonly subscription?: string },
  ): Promise<number>;
  until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T>;
  /** Throws LeakFound where a share, a key of a wallet or one of the KMS came out. */
  close(): Promise<void>;
}

const parsed = (source: string, text: string): LogLine => {
  try {
    const value: unknown = JSON.parse(text);
    const fields = typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
    return { source, text, message: typeof fields.message === 'string' ? fields.message : '', fields };
  } catch {
    return { source, text, message: text, fields: {} };
  }
};

const holds = (fields: Fields, about: Fields): boolean =>
  Object.entries(about).every(([key, value]) =>
    value instanceof RegExp ? value.test(String(fields[key])) : fields[key] === value,
  );

/** Seconds. Final two blocks later: at a second each, most of a pipeline's time would be waiting for that. */
const BLOCK_TIME = 0.25;

interface WatchOption {
  /** A watch that sees more than the lab itself does, such as what a collector hears. */
  readonly leaks?: LeakWatch;
}

/** A whole lab with everything it says recorded, and the things that people do in it as verbs. One for each test file. */
export const startTestLab = async ({
  leaks = new LeakWatch(),
  ...options
}: Partial<Omit<LabOptions, 'folder' | 'keep' | 'dist'>> & WatchOption = {}): Promise<TestLab> => {
  await ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-e2e-'));
  const lines: LogLine[] = [];
  const say = (source: string, line: string): void => {
    lines.push(parsed(source, line));
    leaks.onLine(source, line);
  };
  const lab = await startLab({
    folder,
    keep: false,
    dist: DIST,
    threshold: 2,
    coSigners: 2,
    blockTime: BLOCK_TIME,
    tickMs: 500,
    ...options,
    onFunctionLine: say,
    onVmLine: ({ instance, line }) => say(instance, line),
    onRecord: leaks.onRecord,
    onProcess: leaks.onProcess,
    onNote: (line) => leaks.onLine('the local cloud', line),
  });
  leaks.guardFolder(folder);
  const pubsub = googlePubSub(lab);
  const { law } = lab.config;
  const [buckets, topics] = [bucketsOf(law.name), topicsOf(law.name)];
  const { ticks: _, ...watched } = topics;
  const watch = await watchTopics(pubsub, watched);
  const { seen } = watch;
  const { store } = lab.servers;
  const kms = new Map(law.coSigners.map(({ name }) => [name, googleKms(lab, tokenOf(lab, name))]));
  const coSignerOf = (name: string) => {
    const found = law.coSigners.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} is no co-signer here`);
    return found;
  };
  const tail = () =>
    lines
      .filter(({ message }) => message !== 'reconcile.done' && message !== 'reconcile.ignore')
      .slice(-25)
      .map(({ source, text }) => `${source}: ${text}`)
      .join('\n');
  const until: TestLab['until'] = (what, look) => waitFor(what, look, { why: tail });
  const events: TestLab['events'] = (type, about = {}) =>
    seen.filter((one) => one.type === type && holds({ ...one.body, topic: one.topic }, about));
  const logged: TestLab['logged'] = (message, about = {}) =>
    lines.filter((line) => line.message === message && holds({ ...line.fields, source: line.source }, about));
  const read: TestLab['read'] = (bucket, name) => {
    const found = store.list(OWNER, buckets[bucket], { prefix: name }).items.some((object) => object.name === name);
    return found ? store.read(OWNER, buckets[bucket], name).bytes : undefined;
  };
  const json: TestLab['json'] = (bucket, name) => {
    const bytes = read(bucket, name);
    return bytes === undefined ? undefined : parsed(bucket, bytes.toString('utf8')).fields;
  };
  const words = (about: Fields) =>
    JSON.stringify(about, (_key, value) => (value instanceof RegExp ? String(value) : value));
  const event: TestLab['event'] = (type, about) => until(`event ${type} ${words(about)}`, () => events(type, about)[0]);
  const publish: TestLab['publish'] = (data, topic = 'transactionRequests', attributes = {}) =>
    pubsub.topic(topics[topic], { batching: { maxMessages: 1 } }).publishMessage({ data, attributes });
  const encrypt: TestLab['encrypt'] = async (coSigner, plaintext, aad) => {
    const [answer] = (await kms.get(coSigner)?.encrypt({
      name: coSignerOf(coSigner).releaseKey,
      plaintext: Buffer.from(plaintext),
      additionalAuthenticatedData: Buffer.from(aad),
    })) ?? [undefined];
    if (!(answer?.ciphertext instanceof Uint8Array)) throw new Error('KMS gave no ciphertext');
    return Buffer.from(answer.ciphertext);
  };
  const upload: TestLab['upload'] = async (coSigner, path, bytes) => {
    const { bucket, prefix } = coSignerOf(coSigner).shareLocation;
    const file = googleStorage(lab, tokenOf(lab, coSigner)).bucket(bucket).file(`${prefix}${path}`);
    await file.save(bytes, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  };
  const shareText: TestLab['shareText'] = (coSigner, wallet = lab.wallet.name) =>
    readFileSync(join(walletFolder(folder, wallet), 'shares', `${coSigner}.share`), 'utf8');

  return {
    lab,
    folder,
    lines,
    seen,
    leaks,
    publish,
    ask: async (over) => {
      const request = draft(over);
      const { reference } = request;
      // A reference may have been used before: only what is said from now on is an answer.
      const before = seen.length;
      await publish(bytesOf(request));
      const answer = await until(`an answer to ${reference}`, () =>
        seen.slice(before).find(({ type, body }) => /\.(accepted|refused)$/.test(type) && body.reference === reference),
      );
      if (answer.type !== 'keyturn.request.accepted') throw new Error(`refused: ${answer.text}`);
      return String(answer.body.id);
    },
    shareText,
    encrypt,
    upload,
    approve: async (coSigner, id, { plaintext = shareText(coSigner), aad = shareAad(id, coSigner), attempt } = {}) =>
      upload(
        coSigner,
        attempt === undefined ? `shares/${id}` : `shares/${id}/${attempt}`,
        await encrypt(coSigner, plaintext, aad),
      ),
    read,
    json,
    list: (bucket, prefix = '') => store.list(OWNER, buckets[bucket], { prefix }).items.map(({ name }) => name),
    events,
    event,
    logged,
    line: (message, about) => until(`line ${message} ${words(about)}`, () => logged(message, about)[0]),
    outcome: (id) => until(`the outcome of ${id}`, () => json('results', outcomeObject(id))),
    push: async (name, data, attributes = {}, delivery = {}) => {
      const url = lab.functions.doors.get(name) ?? '';
      const token = lab.servers.idTokens.mint(accountEmail(lab.world, 'push'), url);
      const message = { data: data.toString('base64'), attributes, messageId: lab.world.randomHex(8) };
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ message, subscription: 'projects/keyturn-local/subscriptions/by-hand', ...delivery }),
      });
      await response.arrayBuffer();
      return response.status;
    },
    until,
    close: async () => {
      await watch.close();
      await pubsub.close();
      await Promise.all([...kms.values()].map((client) => client.close()));
      leaks.lookInto(folder);
      await lab.close();
      leaks.check(placesSaid());
    },
  };
};
