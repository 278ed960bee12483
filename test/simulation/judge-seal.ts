import { z } from 'zod';
import { CAP, DESTINATIONS } from './law.ts';
import type { Observer } from './observer.ts';
import { type Kept, needed } from './record-types.ts';
import { type Item, type ReferenceEntry, sha256 } from './reference.ts';
import type { Actor } from './scheduler.ts';
import { isLawfulCall, TOKEN } from './tokens.ts';

type Seal = ReferenceEntry & { readonly kind: 'seal' };

interface By {
  readonly actor: Actor;
  readonly address: string;
  readonly chainId: string;
}

const quorum = (observer: Observer, item: Item): void => {
  const good = item.approvals.filter(({ coSigner, object: name, generation, sha256: hash }) => {
    const share = observer.goodShares.get(`${name}#${generation}`);
    const kept = observer.everAt('lab-keys', name).find((one) => String(one.generation) === generation);
    return share?.coSigner === coSigner && share.id === item.id && kept !== undefined && sha256(kept.bytes) === hash;
  });
  const initiator = observer.initiatorOf(item.request.requester);
  const holders = new Set(good.map(({ coSigner }) => coSigner).filter((name) => name !== initiator)).size;
  if (holders < needed(item))
    observer.fail('2 quorum', `${item.id} is sealed with ${holders} good shares of ${needed(item)}`);
};

/** Of each holder the share that was sealed; the k-th oldest of them starts the delay. By the time that the cloud gave them. */
const waited = (observer: Observer, item: Item, object: Kept): void => {
  const times = item.approvals
    .flatMap(({ object: name, generation }) => observer.goodShares.get(`${name}#${generation}`)?.created ?? [])
    .sort((a, b) => a - b);
  const start = times[needed(item) - 1] ?? Number.POSITIVE_INFINITY;
  if (object.created < start + observer.delay)
    observer.fail('2 delay', `${item.id} is sealed ${object.created - start} ms after its approvals`);
};

const evidenceShape = z.object({ iat: z.number(), eat_nonce: z.string() });

const inTime = (observer: Observer, { id, request }: Item, entry: Seal, object: Kept): void => {
  const validUntil = Date.parse(request.validUntil ?? '');
  const [, payload = ''] = entry.evidence.split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8') || '{}');
  const evidence = evidenceShape.safeParse(claims);
  if (!evidence.success || evidence.data.eat_nonce !== entry.evidenceNonce)
    throw observer.fail('2 evidence', `the evidence of ${object.name} is not over what it says`);
  if (evidence.data.iat * 1000 > validUntil)
    observer.fail('2 time', `${id} is sealed after its validUntil, says its evidence`);
  if (object.created > validUntil + 3_700_000) observer.fail('2 time', `${id} is sealed long after its validUntil`);
};

/** A foreign transaction stops the wallet, and a chain that is ahead of the register makes it wait, from the next read on. */
const mayGoOn = (observer: Observer, { id, nonce, request }: Item, { actor, address, chainId }: By): void => {
  if (request.replaces === 'foreign') {
    observer.stopped.delete(`${address}/${chainId}`);
    return;
  }
  const { step, count } = observer.lastReadOf(actor, chainId, address);
  if (request.replaces === '' && count > Number(nonce))
    observer.fail(
      '2 ahead',
      `${id} is sealed at ${nonce}; the chain had mined ${count} when its machine read the register`,
    );
  const stopped = observer.stopped.get(`${address}/${chainId}`);
  if (stopped !== undefined && stopped < step)
    observer.fail('2 stopped', `${id} is sealed at ${nonce}, though a foreign transaction stopped its wallet`);
};

/**
 * A seal takes the first name that nobody ever had above the newest seal, whatever junk is there. A name left free below a seal is
 * dangerous: a create that was held back could enter where no read expects it.
 */
const inPlace = (observer: Observer, { seq }: Seal, { name }: Kept): void => {
  const folder = name.slice(0, -12);
  for (let lower = 0n; lower < seq; lower++)
    if (observer.everAt('lab-register', `${folder}${String(10n ** 12n - 1n - lower).padStart(12, '0')}`).length === 0)
      observer.fail('1 place', `${name} is sealed as number ${seq}, and number ${lower} is free`);
};

/** Below this seal lies one whose bytes never come out: nobody who has read it since seals on top of it. */
const aboveNoGap = (observer: Observer, { id, nonce, request }: Item, { actor, address, chainId }: By): void => {
  if (observer.stuck === undefined || request.replaces !== '') return;
  const seen = observer.lastReadOf(actor, chainId, address).step;
  for (const below of observer.sealsOf(observer.stuck)) {
    const there = below.address === address && below.chainId === chainId && BigInt(below.item.nonce) < BigInt(nonce);
    if (there && below.objects.every(({ by, step }) => by !== actor.name && step < seen))
      observer.fail('8 gap', `${id} is sealed at ${nonce}, above ${below.item.id}, which nobody can release`);
  }
};

/** Invariants 1, 2 and 8, of one seal at the moment of its creation by a process of ours. */
export const judgeSeal = (observer: Observer, entry: Seal, object: Kept, by: By): void => {
  inPlace(observer, entry, object);
  for (const item of entry.items) {
    quorum(observer, item);
    if (observer.delay > 0) waited(observer, item, object);
    const { value = '0', to = '' } = item.request;
    const isLawful = to === TOKEN ? isLawfulCall(item.request) : BigInt(value) <= CAP && DESTINATIONS.includes(to);
    if (!isLawful) observer.fail('2 law', `${item.id} is sealed, which the law forbids`);
    inTime(observer, item, entry, object);
  }
  for (const item of entry.items.toSorted((a, b) => Number(BigInt(a.nonce) - BigInt(b.nonce)))) {
    mayGoOn(observer, item, by);
    aboveNoGap(observer, item, by);
  }
};
