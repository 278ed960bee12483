import { requestIdOf } from '#adapters/instance-resource.ts';
import { CloudError } from '#local/frame/cloud-error.ts';
import { account, OWNER } from '#local/lab/people.ts';
import { approvedObject, openObject, requestObject, sealObject, topicsOf } from '#schemas/names.ts';
import type { Cloud } from './cloud.ts';
import { DEPLOYMENT, MINUTE, RETENTION, WALLETS } from './law.ts';
import type { Kept } from './observed.ts';
import type { Plan, PlannedRequest } from './plan.ts';
import { insertBody } from './ports.ts';

type Deed = (cloud: Cloud, plan: Plan) => string | undefined;

const liveIn = ({ observer, store }: Cloud, bucket: string): Kept[] =>
  [...observer.objects.values()]
    .flatMap((all) => all.at(-1) ?? [])
    .filter((kept) => {
      if (kept.bucket !== bucket) return false;
      try {
        return store.get(OWNER, bucket, kept.name).generation === kept.generation;
      } catch {
        return false;
      }
    });

const some = <T>(cloud: Cloud, list: readonly T[]): T | undefined =>
  list.length === 0 ? undefined : cloud.faults.pick(list);

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
const archive: Deed = (cloud) => {
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

const close: Deed = (cloud, plan) => {
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
  return `deletes ${kept.bucket}/${kept.name}`;
};

const restore: Deed = (cloud) => {
  const { register } = cloud.buckets;
  const all = [...cloud.observer.objects.values()].flat().filter(({ bucket }) => bucket !== register);
  const kept = some(cloud, all);
  if (kept === undefined) return undefined;
  const { bucket, name, bytes, generation } = kept;
  const stored = cloud.store.insert(OWNER, bucket, name, bytes, { preconditions: { ifGenerationMatch: 0 } });
  const good = cloud.observer.goodShares.get(`${name}#${generation}`);
  if (good !== undefined) cloud.observer.goodShares.set(`${name}#${stored.generation}`, good);
  return `puts back ${bucket}/${name}`;
};

const metadata: Deed = (cloud) => {
  const kept = some(cloud, [...liveIn(cloud, cloud.buckets.work), ...liveIn(cloud, cloud.buckets.register)]);
  if (kept === undefined) return undefined;
  const due = cloud.faults.pick(['2030-01-01T00:00:00Z', 'never', '1970-01-01T00:00:00Z']);
  cloud.store.patchObject(OWNER, kept.bucket, kept.name, { metadata: { due, stage: 'decided' } });
  return `edits the metadata of ${kept.name}`;
};

const put = (cloud: Cloud, bucket: string, name: string, bytes: Buffer): void => {
  try {
    cloud.store.insert(OWNER, bucket, name, bytes, { preconditions: { ifGenerationMatch: 0 } });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
  }
};

/** Facts of a request that intake and collect never saw, or refused: what the functions write, the operator can write. */
const forged = (cloud: Cloud, request: PlannedRequest, content: Readonly<Record<string, string>>): void => {
  const { results, work } = cloud.buckets;
  const { id, fields } = request;
  const wallet = fields.wallet ?? '';
  const walletAddress = WALLETS.find(({ name }) => name === wallet)?.address ?? '';
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  put(cloud, work, openObject(wallet, id), json(fields));
  put(cloud, results, requestObject(id), json({ id, walletAddress, lawHash: cloud.config.lawHash, request: content }));
  put(cloud, results, approvedObject(id), json({ id, wallet, coSigners: ['alice'] }));
};

const forge: Deed = (cloud, plan) => {
  const request = some(cloud, plan.requests);
  if (request === undefined) return undefined;
  const other = cloud.faults.pick([request.fields, request.fields, { ...request.fields, value: '5' }]);
  forged(cloud, request, other);
  return `writes the facts of ${request.fields.reference} himself`;
};

const machine: Deed = (cloud, plan) => {
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

const REGISTER: readonly Deed[] = [archive, archive, archive, close, junk, copy, machine, machine, holdBack, forge];
const ANY: readonly Deed[] = [...REGISTER, remove, remove, restore, restore, metadata, forge, wakeUp];

/** Takes a mark away, so that the next turn does not see what another one works on. */
const hideMark: Deed = (cloud) => {
  const kept = some(
    cloud,
    liveIn(cloud, cloud.buckets.work).filter(({ name }) => name.startsWith('open/')),
  );
  if (kept === undefined) return undefined;
  cloud.store.delete(OWNER, kept.bucket, kept.name);
  return `deletes ${kept.name}`;
};
const DUEL: readonly Deed[] = [archive, archive, archive, archive, machine, hideMark, forge, restore];

const act = (cloud: Cloud, plan: Plan, deeds: readonly Deed[]): void => {
  if (!cloud.faults.happens(cloud.faults.profile.hostile)) return;
  const deed = cloud.faults.pick(deeds);
  try {
    const done = deed(cloud, plan);
    if (done !== undefined) cloud.scheduler.note(`the operator ${done}`);
  } catch (error) {
    // Retention, or a name that is taken: he is refused like anybody else.
    if (!(error instanceof CloudError)) throw error;
  }
};

/** Retention is over: whoever owns the bucket forgets what was signed, brings back what approved it, and starts a machine. */
const afterRetention = (cloud: Cloud, plan: Plan): void => {
  const { register } = cloud.buckets;
  for (const kept of liveIn(cloud, register)) {
    try {
      cloud.store.patchBucket(OWNER, register, { versioning: false });
      if (cloud.faults.happens(0.7)) cloud.store.delete(OWNER, register, kept.name);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
    }
  }
  for (const request of plan.requests) {
    forged(cloud, request, request.fields);
    for (const kept of [...cloud.observer.objects.values()]
      .flat()
      .filter(({ bucket }) => bucket === cloud.buckets.keys))
      put(cloud, kept.bucket, kept.name, kept.bytes);
  }
  for (const kept of [...liveIn(cloud, cloud.buckets.signed), ...liveIn(cloud, cloud.buckets.results)])
    if (/submitted|outcome|^[0-9a-f]{64}\.json/.test(kept.name)) cloud.store.delete(OWNER, kept.bucket, kept.name);
  machine(cloud, plan);
  cloud.scheduler.note('the operator comes back after the retention');
};

/** A hostile operator acts at times of his own, and whenever something enters the register. */
export const startOperator = (cloud: Cloud, plan: Plan): void => {
  const { hostile, lapse, duel } = cloud.faults.profile;
  if (hostile === 0) return;
  const { clock, faults, observer } = cloud;
  for (let n = 0; n < 24; n++)
    clock.after(faults.between(5_000, Math.min(plan.faultsEnd, 15 * MINUTE)), () =>
      act(cloud, plan, duel ? DUEL : ANY),
    );
  observer.onEntry = () => {
    const deeds = duel ? DUEL : REGISTER;
    for (let n = 0; n < 3; n++) clock.after(faults.between(1, 400), () => act(cloud, plan, deeds));
  };
  for (let n = 0; duel && n < 5; n++)
    clock.after(faults.between(10_000, 5 * MINUTE), () => act(cloud, plan, [machine, machine, machine, forge]));
  if (lapse) clock.after(RETENTION + 70 * MINUTE, () => afterRetention(cloud, plan));
};
