import { requestIdOf } from '#adapters/compute/instance-resource.ts';
import { account, OWNER } from '#local/lab/people.ts';
import { sealObject, topicsOf } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { forge, forged, missubmit } from './forging.ts';
import { DEPLOYMENT, WALLETS } from './law.ts';
import { type Deed, harm, liveIn, some } from './operator-attack.ts';
import type { Plan } from './plan.ts';
import { insertBody } from './ports.ts';
import type { Profile } from './profiles.ts';

const place = (cloud: Cloud): string => {
  const wallet = cloud.faults.pick(WALLETS);
  const chainId = cloud.faults.pick(wallet.chains);
  return sealObject(chainId, wallet.address, BigInt(cloud.faults.between(0, 4)));
};

const placeNear = (cloud: Cloud, plan: Plan): string => {
  const { wallet = '', chainId = '1' } = some(cloud, plan.requests)?.fields ?? {};
  const address = WALLETS.find(({ name }) => name === wallet)?.address;
  if (address === undefined) return place(cloud);
  return sealObject(chainId, address, BigInt(cloud.faults.between(0, 3)));
};

/** Register: what its owner can do under a lock. */
export const archive: Deed = (cloud) => {
  const kept = some(cloud, liveIn(cloud, cloud.buckets.register));
  if (kept === undefined) return undefined;
  cloud.store.patchBucket(OWNER, kept.bucket, { versioning: true });
  cloud.store.delete(OWNER, kept.bucket, kept.name);
  return `archives ${kept.name}`;
};

const append = (cloud: Cloud, name: string, bytes: Buffer): void => {
  cloud.store.insert(OWNER, cloud.buckets.register, name, bytes, { preconditions: { ifGenerationMatch: 0 } });
};

const junk: Deed = (cloud, plan) => {
  const name = placeNear(cloud, plan);
  append(cloud, name, Buffer.from(cloud.faults.pick(['', '{}', 'junk', '{"kind":"seal"}'])));
  return `puts junk at ${name}`;
};

export const close: Deed = (cloud, plan) => {
  const request = some(cloud, plan.requests);
  if (request === undefined) return undefined;
  const name = placeNear(cloud, plan);
  const items = [{ id: request.id, code: 'REJECTED', reason: 'the operator says so' }];
  append(cloud, name, Buffer.from(JSON.stringify({ items, kind: 'close', version: 1 })));
  return `closes ${request.fields.reference} at ${name}`;
};

const copy: Deed = (cloud, plan) => {
  const entry = some(cloud, cloud.observer.entries);
  if (entry === undefined) return undefined;
  const name = placeNear(cloud, plan);
  append(cloud, name, entry.object.bytes);
  return `copies ${entry.object.name} to ${name}`;
};

/** Everything else that lies in a bucket. */
const remove: Deed = (cloud) => {
  const { results, work, signed, keys } = cloud.buckets;
  const kept = some(cloud, liveIn(cloud, cloud.faults.pick([results, work, signed, keys])));
  if (kept === undefined || kept.name === 'operations.json') return undefined;
  cloud.store.delete(OWNER, kept.bucket, kept.name);
  harm(cloud, kept);
  return `deletes ${kept.bucket}/${kept.name}`;
};

const restore: Deed = (cloud) => {
  const { register } = cloud.buckets;
  const all = [...cloud.observer.objects.values()].flat().filter(({ bucket }) => bucket !== register);
  const kept = some(cloud, all);
  if (kept === undefined) return undefined;
  const { bucket, name, bytes, generation } = kept;
  const stored = cloud.store.insert(OWNER, bucket, name, bytes, { preconditions: { ifGenerationMatch: 0 } });
  harm(cloud, kept);
  const good = cloud.observer.goodShares.get(`${name}#${generation}`);
  if (good !== undefined) cloud.observer.goodShares.set(`${name}#${stored.generation}`, good);
  return `puts back ${bucket}/${name}`;
};

const metadata: Deed = (cloud) => {
  const kept = some(cloud, [...liveIn(cloud, cloud.buckets.work), ...liveIn(cloud, cloud.buckets.register)]);
  if (kept === undefined) return undefined;
  const due = cloud.faults.pick(['2030-01-01T00:00:00Z', 'never', '1970-01-01T00:00:00Z']);
  cloud.store.patchObject(OWNER, kept.bucket, kept.name, { metadata: { due, stage: 'decided' } });
  harm(cloud, kept);
  return `edits the metadata of ${kept.name}`;
};

export const machine: Deed = (cloud, plan) => {
  const wallet = some(cloud, plan.requests)?.fields.wallet ?? 'treasury';
  const turn = BigInt(cloud.faults.between(500, 900_000));
  const zone = cloud.config.operations.zones[0] ?? '';
  const name = `turn-${wallet}-${turn}`;
  const body = insertBody(cloud.config, { zone, name, wallet, turn });
  cloud.instances.insert(account(cloud.world, 'launch'), zone, body, requestIdOf(cloud.world.project.id, zone, name));
  return `starts another machine ${name}`;
};

const wakeUp: Deed = (cloud, plan) => {
  const request = some(cloud, plan.requests);
  if (request === undefined) return undefined;
  const body = { eventId: 'forged', id: request.id, wallet: request.fields.wallet ?? '' };
  const topic = `projects/${cloud.world.project.id}/topics/${topicsOf(DEPLOYMENT).approved}`;
  cloud.topics.publish(OWNER, topic, [{ data: Buffer.from(JSON.stringify(body)) }]);
  return `says again that ${request.fields.reference} is approved`;
};

const holdBack: Deed = (cloud) => {
  const actor = some(
    cloud,
    [...cloud.actors].filter(({ kind }) => kind === 'vm'),
  );
  if (actor === undefined) return undefined;
  cloud.scheduler.hold(actor, cloud.faults.lateness());
  return `holds back the packets of ${actor.name}`;
};

/** Takes a mark away, so that the next turn does not see what another one works on. */
const hideMark: Deed = (cloud) => {
  const kept = some(
    cloud,
    liveIn(cloud, cloud.buckets.work).filter(({ name }) => name.startsWith('open/')),
  );
  if (kept === undefined) return undefined;
  cloud.store.delete(OWNER, kept.bucket, kept.name);
  harm(cloud, kept);
  return `deletes ${kept.name}`;
};

/** Makes a request that has come to its end look like one that is only approved, and starts a machine for it. */
export const forget: Deed = (cloud, plan) => {
  const request = some(cloud, plan.requests);
  if (request === undefined) return undefined;
  const { results, signed } = cloud.buckets;
  const owed = /(outcome|submitted|withdrawn)\.json$/;
  for (const kept of liveIn(cloud, results))
    if (kept.name.includes(request.id) && owed.test(kept.name)) cloud.store.delete(OWNER, results, kept.name);
  for (const kept of liveIn(cloud, signed))
    if (kept.name.includes(request.id)) cloud.store.delete(OWNER, signed, kept.name);
  forged(cloud, request, request.fields);
  machine(cloud, plan);
  return `forgets what became of ${request.fields.reference}`;
};

export const REGISTER: readonly Deed[] = [
  archive,
  archive,
  archive,
  close,
  junk,
  copy,
  machine,
  machine,
  holdBack,
  forge,
];
export const DEEDS: Readonly<Record<Profile['deeds'], readonly Deed[]>> = {
  any: [...REGISTER, remove, remove, restore, restore, metadata, forge, wakeUp, forget, missubmit, missubmit],
  register: [...REGISTER, close, remove, restore, forget, forget],
  duel: [archive, archive, archive, archive, machine, hideMark, forge, restore],
  closing: [archive, archive, archive, archive, machine, close, holdBack],
  harmless: [junk, copy, copy, machine],
};
