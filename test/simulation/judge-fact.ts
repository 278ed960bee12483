import { z } from 'zod';
import type { Observer } from './observer.ts';
import type { Kept, SealedItem } from './record-types.ts';
import type { Actor } from './scheduler.ts';

const outcomeShape = z.object({ outcome: z.string() });
const badShareShape = z.object({ coSigner: z.string(), object: z.string(), generation: z.string() });

/** What the chain decided needs no close; what it did not, does. */
const BY_CHAIN = ['finalized', 'reverted', 'replaced', 'superseded'];

/** A skip that people approved is sealed above it. A reorganisation can take the foreign transaction away meanwhile, and bring it back. */
const isSkipped = (observer: Observer, { item, address, chainId }: SealedItem): boolean =>
  [...observer.rungs.values()].some(
    (other) =>
      other.address === address &&
      other.chainId === chainId &&
      other.item.request.replaces === 'foreign' &&
      BigInt(other.item.nonce) > BigInt(item.nonce),
  );

const outcome = (observer: Observer, id: string, { bytes, by, step }: Kept): void => {
  const { outcome: what } = outcomeShape.parse(JSON.parse(bytes.toString('utf8')));
  if (what === 'superseded') {
    const [sealed] = observer.sealsOf(id);
    if (sealed !== undefined && !isSkipped(observer, sealed))
      observer.stopped.set(`${sealed.address}/${sealed.chainId}`, step);
    if (!observer.alarms.includes('settle.foreign SUPERSEDED'))
      observer.fail('2 alarm', `${by} says that ${id} is superseded, and nobody was alarmed`);
  }
  if (BY_CHAIN.includes(what)) return;
  if (!observer.entries.some(({ entry }) => entry.kind === 'close' && entry.ids.includes(id)))
    observer.fail('2 outcome', `${by} says that ${id} is ${what}, and no close of it was ever made`);
  if ([...observer.released.values()].some(({ item }) => item.id === id))
    observer.fail('2 closed', `${by} says that ${id} is ${what}; its bytes were released`);
  if (what === 'withdrawn' && !observer.withdrawn.has(id))
    observer.fail('2 withdrawn', `${by} says that ${id} is withdrawn; its dApp never asked for that`);
  observer.closedFor.set(id, what);
};

/** One fact that a process of ours commits, at that moment. */
export const judgeFact = (observer: Observer, kept: Kept, actor: Actor | undefined): void => {
  if (actor === undefined) return;
  const [, id = '', file = ''] = /^requests\/([0-9a-f]{64})\/(.+)$/.exec(kept.name) ?? [];
  if (file === 'request.json') observer.accepted.add(id);
  if (file === 'outcome.json') outcome(observer, id, kept);
  if (!file.startsWith('bad-share')) return;
  const { coSigner, object, generation } = badShareShape.parse(JSON.parse(kept.bytes.toString('utf8')));
  if (observer.goodShares.has(`${object}#${generation}`))
    observer.fail('8 blame', `${actor.name} blames ${coSigner} for ${object}, which is good`);
};
