import { z } from 'zod';
import type { Journal, Json } from '#local/frame/journal.ts';
import type { World } from '#local/frame/world.ts';
import { readRaw } from './chain-model.ts';
import { CAP, WALLETS } from './law.ts';
import {
  type Announced,
  type Kept,
  needed,
  published,
  referenceOf,
  type SealedItem,
  storageInsert,
  Violation,
} from './observed.ts';
import { type Entry, type Item, readEntry, sha256 } from './reference.ts';
import type { Actor } from './scheduler.ts';

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
    readonly entry: Entry;
    readonly object: Kept;
    readonly address: string;
    readonly chainId: string;
  }[] = [];
  /** By transaction hash. */
  readonly rungs = new Map<string, SealedItem>();
  readonly released = new Map<string, SealedItem>();
  readonly announced: Announced[] = [];
  readonly alarms: string[] = [];
  /** Ids whose outcome was announced though no chain decided it. */
  readonly closedFor = new Map<string, string>();
  readonly accepted = new Set<string>();
  /** Good uploads: object#generation by co-signer and id. */
  readonly goodShares = new Map<string, { readonly coSigner: string; readonly id: string; readonly created: number }>();
  readonly #looks = new Map<string, number>();
  #unreleased = new Map<string, string>();
  hostile = false;
  /** Told of each entry that keyturn makes. */
  onEntry: (() => void) | undefined;

  append(service: string, record: Json): void {
    if (service === 'storage') {
      const inserted = storageInsert.safeParse(record);
      if (inserted.success) this.#inserted(inserted.data);
    } else if (service === 'pubsub') {
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

  looked(actor: Actor, bucket: string, prefix: string): void {
    if (bucket === 'lab-register') this.#looks.set(`${actor.name} ${prefix}`, this.step());
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
    if (bucket === 'lab-register') this.#entered(kept);
    if (bucket === 'lab-results') this.#fact(kept, actor);
  }

  #entered(object: Kept): void {
    const entry = readEntry(object.bytes, object.name);
    const [, chainId = '', address = ''] = object.name.split('/');
    if (entry === undefined) return;
    this.entries.push({ entry, object, address, chainId });
    if (this.acting() !== undefined) this.onEntry?.();
    if (entry.kind === 'close') return;
    for (const item of entry.items) this.#judgeSeal(item, entry, object);
    for (const item of entry.items)
      for (const hash of item.rungs) {
        const known = this.rungs.get(hash);
        const objects = [...(known?.objects ?? []), object];
        this.rungs.set(hash, known === undefined ? { item, address, chainId, objects } : { ...known, objects });
      }
  }

  /** Invariant 2, of one seal at the moment of its creation. A copy by the operator was judged when it was made. */
  #judgeSeal(item: Item, entry: Entry & { kind: 'seal' }, object: Kept): void {
    const { id, request, approvals } = item;
    if (this.acting() === undefined) return;
    const good = approvals.filter(({ coSigner, object: name, generation, sha256: hash }) => {
      const share = this.goodShares.get(`${name}#${generation}`);
      const kept = this.everAt('lab-keys', name).find((one) => String(one.generation) === generation);
      return share?.coSigner === coSigner && share.id === id && kept !== undefined && sha256(kept.bytes) === hash;
    });
    const holders = new Set(good.map(({ coSigner }) => coSigner));
    if (holders.size < needed(item))
      this.fail('2 quorum', `${id} is sealed with ${holders.size} good shares of ${needed(item)}`);
    if (BigInt(request.value ?? '0') > CAP) this.fail('2 law', `${id} is sealed, which the law forbids`);
    const validUntil = Date.parse(request.validUntil ?? '');
    const [, payload = ''] = entry.evidence.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8') || '{}');
    const evidence = z.object({ iat: z.number(), eat_nonce: z.string() }).safeParse(claims);
    if (!evidence.success || evidence.data.eat_nonce !== entry.evidenceNonce)
      this.fail('2 evidence', `the evidence of ${object.name} is not over what it says`);
    if (evidence.data.iat * 1000 > validUntil)
      this.fail('2 time', `${id} is sealed after its validUntil, says its evidence`);
    if (object.created > validUntil + 3_700_000) this.fail('2 time', `${id} is sealed long after its validUntil`);
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
    if (
      actor.kind === 'function' &&
      this.everAt('lab-signed', `${this.rungs.get(readRaw(raw).hash)?.item.id}.json`).length === 0
    )
      this.fail('3 stored', `${actor.name} sends bytes that are not stored`);
  }

  #release(raw: string, actor: Actor): void {
    const { hash, nonce } = readRaw(raw);
    const sealed =
      this.rungs.get(hash) ?? this.fail('3 sealed', `${actor.name} releases bytes of ${hash}, which no seal holds`);
    const { item, objects, address, chainId } = sealed;
    const object = objects.find(({ by }) => by === actor.name) ?? objects[0];
    if (object === undefined) return;
    const seen = this.#looks.get(`${actor.name} seals/${chainId}/${address}/`) ?? -1;
    const isNew = !this.released.has(hash);
    if (actor.kind === 'vm' && isNew && seen <= object.step)
      this.fail('3 second look', `${actor.name} releases ${item.id} without a look since ${object.name} was created`);
    if (!isNew) return;
    const closed = this.closedFor.get(item.id);
    if (closed !== undefined) this.fail('2 closed', `bytes of ${item.id} are released; its outcome was ${closed}`);
    for (const other of this.released.values()) {
      if (other.address !== address || other.chainId !== chainId) continue;
      const same = other.item.nonce === item.nonce;
      const kin = this.#rootOf(other.item) === this.#rootOf(item);
      if (other.item.id === item.id && !same) this.fail('1 id', `${item.id} is released at two nonces`);
      if (kin && !same) this.fail('1 id', `${item.id} and ${other.item.id}, which are one, are released at two nonces`);
      if (!kin && referenceOf(item) === referenceOf(other.item))
        this.fail('1 reference', `${item.id} and ${other.item.id} of one reference are released`);
      if (!kin && same && item.request.replaces === '' && other.item.request.replaces === '')
        this.fail('1 nonce', `${item.id} and ${other.item.id} are released at nonce ${item.nonce}`);
    }
    if (String(nonce) !== item.nonce) this.fail('1 nonce', `${item.id}: the bytes have another nonce than the seal`);
    this.released.set(hash, sealed);
    this.#unreleased.delete(hash);
  }

  #rootOf(item: Item): string {
    const target = item.request.replaces ?? '';
    if (!/^[0-9a-f]{64}$/.test(target)) return item.id;
    const [sealed] = this.sealsOf(target);
    return sealed === undefined ? target : this.#rootOf(sealed.item);
  }

  #fact({ name, bytes, by }: Kept, actor: Actor | undefined): void {
    const [, id = '', file = ''] = /^requests\/([0-9a-f]{64})\/(.+)$/.exec(name) ?? [];
    if (file === 'request.json' && actor !== undefined) this.accepted.add(id);
    if (file !== 'outcome.json' || actor === undefined) return;
    const { outcome } = z.object({ outcome: z.string() }).parse(JSON.parse(bytes.toString('utf8')));
    if (['finalized', 'reverted', 'replaced', 'superseded'].includes(outcome)) return;
    if (!this.entries.some(({ entry }) => entry.kind === 'close' && entry.ids.includes(id)))
      this.fail('2 outcome', `${by} says that ${id} is ${outcome}, and no close of it was ever made`);
    if ([...this.released.values()].some(({ item }) => item.id === id))
      this.fail('2 closed', `${by} says that ${id} is ${outcome}; its bytes were released`);
    this.closedFor.set(id, outcome);
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
      if (before === undefined) this.announced.push({ topic, ceId, type, data: text });
    }
  }
}
