import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { Journal, Json } from '#local/cloud/runtime/journal.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { judgeFact } from './judge-fact.ts';
import { judgeRelease } from './judge-release.ts';
import { judgeSeal } from './judge-seal.ts';
import { WALLETS } from './law.ts';
import { type Announced, type Kept, published, type SealedItem, storageInsert, Violation } from './record-types.ts';
import { type Item, type ReferenceEntry, readEntry } from './reference.ts';
import type { Actor } from './scheduler.ts';
import { readRaw } from './sent.ts';

/** When a process last read a log, and what the chain had mined from the wallet by then. */
interface LastRead {
  readonly step: number;
  readonly count: number;
}

/**
 * Sees everything: each mutation of each service before it is applied, each line of log, each raw transaction that any process sends.
 * Whatever breaks a promise throws here, inside the step that broke it.
 */
export class Observer implements Journal {
  world: World | undefined;
  acting: () => Actor | undefined = () => undefined;
  step: () => number = () => 0;
  /** By bucket/name, all generations ever, also deleted ones. */
  readonly objects = new Map<string, Kept[]>();
  readonly entries: {
    readonly entry: ReferenceEntry;
    readonly object: Kept;
    readonly address: string;
    readonly chainId: string;
  }[] = [];
  /** By transaction hash. */
  readonly rungs = new Map<string, SealedItem>();
  /** By hash, where it was sealed for more than one: the ids. */
  readonly twins = new Map<string, Set<string>>();
  readonly released = new Map<string, SealedItem>();
  readonly announced: Announced[] = [];
  readonly alarms: string[] = [];
  /** Ids whose outcome was announced though no chain decided it. */
  readonly closedFor = new Map<string, string>();
  readonly accepted = new Set<string>();
  initiatorOf: (requester: string | undefined) => string | undefined = () => undefined;
  /** Good uploads: object#generation by co-signer and id. */
  readonly goodShares = new Map<string, { readonly coSigner: string; readonly id: string; readonly created: number }>();
  readonly #reads = new Map<string, LastRead>();
  readonly #cares = new Map<string, number>();
  #unreleased = new Map<string, string>();
  /** Ids that their own dApp asked to withdraw, and when (ms). */
  readonly withdrawn = new Map<string, number>();
  /** What somebody else sent from a wallet of ours. */
  readonly foreign: { readonly address: string; readonly chainId: string; readonly nonce: number }[] = [];
  /** By address and chain: the step since when a foreign transaction stops it. */
  readonly stopped = new Map<string, number>();
  /** Ids and wallets of which a hostile operator took something away that liveness rests on. */
  readonly harmed = new Set<string>();
  /** By replay: what lay there when it was asked for. */
  readonly wished = new Map<string, readonly string[]>();
  /** Machines that came up. */
  boots = 0;
  /** Transactions mined from a wallet, by the chain itself. */
  countOf: (chainId: string, address: string) => number = () => 0;
  hostile = false;
  /** ms that a window of the one wallet that has one lasts; 0: none has. */
  window = 0;
  /** ms that every payment waits after its approvals; 0: none does. */
  delay = 0;
  /** The request whose bytes never come out. */
  stuck: string | undefined;
  /** Told of each entry that keyturn makes. */
  onEntry: (() => void) | undefined;

  append(service: string, record: Json): void {
    // Most records are of no interest, and not worth parsing.
    const is = (field: string, value: string) => Object(record)[field] === value;
    if (service === 'storage' && is('kind', 'insert')) {
      const inserted = storageInsert.safeParse(record);
      if (inserted.success) this.#inserted(inserted.data);
    } else if (service === 'pubsub' && is('op', 'publish')) {
      const told = published.safeParse(record);
      if (told.success) this.#published(told.data);
    }
  }

  replay(): void {}

  /** The first promise that was broken: kept, because the code under test may catch what is thrown into it. */
  violation: Violation | undefined;

  fail(invariant: string, text: string): never {
    this.violation ??= new Violation(invariant, text);
    throw this.violation;
  }

  /** Nothing but a fault of a service may throw: anything else is a bug, and of a mutant no proof. */
  unexpected(where: string, error: unknown): void {
    this.fail('0 unexpected', `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  alarm(event: string, code: string): void {
    this.alarms.push(`${event} ${code}`);
  }

  /** Called by the signing scheme: bytes that exist and that nobody may see yet. */
  signed(raw: string): void {
    const { hash } = readRaw(raw);
    if (!this.released.has(hash)) this.#unreleased.set(hash, raw.slice(-120));
  }

  /** Everything that leaves a process as text or bytes comes through here. */
  leaves(where: string, text: string): void {
    for (const { name, key, holders } of WALLETS) {
      if (text.includes(key)) this.fail('6 secrets', `the key of ${name} is in ${where}`);
      for (const { coSigner, scalar } of holders)
        if (text.includes(scalar)) this.fail('6 secrets', `${coSigner}'s share of ${name} is in ${where}`);
    }
    for (const [hash, tail] of this.#unreleased)
      if (text.includes(tail)) this.fail('6 secrets', `unreleased bytes of ${hash} are in ${where}`);
  }

  listed(actor: Actor, bucket: string, prefix: string): void {
    if (bucket === 'lab-results' && actor.name.startsWith('reconcile')) this.#cares.set(prefix, this.step());
    if (bucket !== 'lab-register') return;
    const [, chainId = '', address = ''] = prefix.split('/');
    this.#reads.set(`${actor.name} ${prefix}`, { step: this.step(), count: this.countOf(chainId, address) });
  }

  /** The last step at which reconcile listed what there is of this request; -1: never. */
  caredFor(id: string): number {
    return this.#cares.get(`requests/${id}/`) ?? -1;
  }

  lastReadOf(actor: Actor, chainId: string, address: string): LastRead {
    return this.#reads.get(`${actor.name} seals/${chainId}/${address}/`) ?? { step: -1, count: 0 };
  }

  everAt(bucket: string, name: string): readonly Kept[] {
    return this.objects.get(`${bucket}/${name}`) ?? [];
  }

  /** Seals of an id, in all generations. */
  sealsOf(id: string): readonly SealedItem[] {
    return [...this.rungs.values()].filter(({ item }) => item.id === id);
  }

  #inserted({ object, bytes: text, replaced }: z.infer<typeof storageInsert>): void {
    const { bucket, name, generation, created, metadata } = object;
    const actor = this.acting();
    const bytes = Buffer.from(text, 'base64');
    const kept: Kept = { bucket, name, generation, created, bytes, step: this.step(), by: actor?.name ?? 'a person' };
    const path = `${bucket}/${name}`;
    if (actor !== undefined && replaced !== null) this.fail('5 facts', `${actor.name} overwrote ${path}`);
    const all = this.objects.get(path);
    if (all === undefined) this.objects.set(path, [kept]);
    else all.push(kept);
    if (bucket === 'lab-signed') this.#stored(kept, actor);
    if (bucket !== 'lab-keys') this.leaves(path, `${name} ${bytes.toString('latin1')} ${JSON.stringify(metadata)}`);
    if (bucket === 'lab-register') {
      if (name.startsWith('checkpoints/')) this.#checkpointed(kept, actor);
      else this.#entered(kept);
    }
    if (bucket === 'lab-results') judgeFact(this, kept, actor);
  }

  /** Its name is the hash of what it says, without the signature. What it is worth shows in what machines release. */
  #checkpointed({ name, bytes }: Kept, actor: Actor | undefined): void {
    if (actor === undefined) return;
    const { signature, ...content } = JSON.parse(bytes.toString());
    const hash = createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex');
    if (!name.endsWith(`-${hash}`) || typeof signature !== 'string')
      this.fail('2 entry', `${actor.name} wrote ${name}, which no reader takes for a checkpoint`);
  }

  #entered(object: Kept): void {
    const entry = readEntry(object.bytes, object.name);
    const [, chainId = '', address = ''] = object.name.split('/');
    const actor = this.acting();
    if (entry === undefined) {
      if (actor !== undefined)
        this.fail('2 entry', `${actor.name} wrote ${object.name}, which no reader takes for an entry`);
      return;
    }
    this.entries.push({ entry, object, address, chainId });
    if (actor !== undefined) this.onEntry?.();
    if (entry.kind === 'close') return;
    // A copy by the operator was judged when it was made.
    if (actor !== undefined) judgeSeal(this, entry, object, { actor, address, chainId });
    for (const item of entry.items)
      for (const hash of item.rungs) {
        const known = this.rungs.get(hash);
        if (known !== undefined && known.item.id !== item.id) this.#twin(hash, item, known.item);
        const objects = [...(known?.objects ?? []), object];
        this.rungs.set(hash, known === undefined ? { item, address, chainId, objects } : { ...known, objects });
      }
  }

  /** Only where an operator archives can two payments that ask for the same be sealed at one nonce, and so be one transaction. */
  #twin(hash: string, item: Item, first: Item): void {
    if (!this.hostile) this.fail('5 twins', `${item.id} is sealed with a transaction of ${first.id}`);
    this.twins.set(hash, (this.twins.get(hash) ?? new Set([first.id])).add(item.id));
  }

  #stored(object: Kept, actor: Actor | undefined): void {
    if (actor === undefined) return;
    const rungs = z
      .object({ rungs: z.array(z.object({ raw: z.string() })) })
      .parse(JSON.parse(object.bytes.toString('utf8'))).rungs;
    for (const { raw } of rungs) this.#release(raw, actor);
  }

  /** A raw transaction that a process gives to an RPC url, whatever that does with it. */
  sent(raw: string, actor: Actor): void {
    this.#release(raw, actor);
    if (this.everAt('lab-signed', `${this.rungs.get(readRaw(raw).hash)?.item.id}.json`).length === 0)
      this.fail('3 stored', `${actor.name} sends bytes that are not stored`);
  }

  /** What a process gives to an RPC url in one request. A node that works on it in that order refuses none for a nonce. */
  batch(raws: readonly string[]): void {
    const nonces = raws.map((raw) => readRaw(raw).nonce);
    if (nonces.some((nonce, n) => nonce < (nonces[n - 1] ?? nonce)))
      this.fail('3 order', `a batch has the nonces ${nonces.join(', ')}`);
  }

  #release(raw: string, actor: Actor): void {
    const { hash, nonce } = readRaw(raw);
    const sealed =
      this.rungs.get(hash) ?? this.fail('3 sealed', `${actor.name} releases bytes of ${hash}, which no seal holds`);
    const { item, objects, address, chainId } = sealed;
    const object = objects.find(({ by }) => by === actor.name) ?? objects[0];
    if (object === undefined) return;
    const seen = this.lastReadOf(actor, chainId, address).step;
    const isNew = !this.released.has(hash);
    if (actor.kind === 'vm' && isNew && seen <= object.step)
      this.fail('3 second read', `${actor.name} releases ${item.id} without a read since ${object.name} was created`);
    if (!isNew) return;
    judgeRelease(this, sealed);
    if (String(nonce) !== item.nonce) this.fail('1 nonce', `${item.id}: the bytes have another nonce than the seal`);
    this.released.set(hash, sealed);
    this.#unreleased.delete(hash);
  }

  rootOf(item: Item): string {
    const target = item.request.replaces ?? '';
    if (!/^[0-9a-f]{64}$/.test(target)) return item.id;
    const [sealed] = this.sealsOf(target);
    return sealed === undefined ? target : this.rootOf(sealed.item);
  }

  /** Invariant 5: what is said of a fact is said after it, and always the same. */
  #published({ topic: path, messages }: z.infer<typeof published>): void {
    const topic = path.slice(path.lastIndexOf('/') + 1).replace(/^lab-/, '');
    for (const { data, attributes } of messages) {
      const text = Buffer.from(data, 'base64').toString('latin1');
      if (topic !== 'shares') this.leaves(`an event on ${topic}`, `${text} ${JSON.stringify(attributes)}`);
      const ceId = attributes['ce-id'];
      if (ceId === undefined || this.acting() === undefined) continue;
      const type = attributes['ce-type'] ?? '';
      if (!this.objects.has(ceId)) this.fail('5 commit first', `${type} announces ${ceId}, which was never there`);
      const before = this.announced.find((one) => one.ceId === ceId && one.type === type && one.topic === topic);
      if (before !== undefined && before.data !== text && !this.hostile)
        this.fail('5 same event', `${type} of ${ceId} was announced in two forms`);
      const { replayed } = attributes;
      if (before === undefined || replayed !== undefined)
        this.announced.push({ topic, ceId, type, data: text, replayed });
    }
  }
}
