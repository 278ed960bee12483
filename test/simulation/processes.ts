import { randomBytes } from 'node:crypto';
import type { ReleaseKeys } from '#core/key-ports.ts';
import type { Storage } from '#core/ports.ts';
import { combined, type SigningScheme } from '#core/shares/signing-scheme.ts';
import { inProcessSigner } from '#core/signing/session.ts';
import type { Signer } from '#core/signing/signer.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { signedBytes, unsignedRung } from '#core/transaction/serialize.ts';
import { collectStep } from '#functions/collect/handle.ts';
import { finalizeStep } from '#functions/finalize/handle.ts';
import { handleMessage } from '#functions/intake/handle.ts';
import { launchStep } from '#functions/launch/handle.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import { answer } from '#functions/runtime/answer.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import type { PushMessage } from '#functions/runtime/push.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import type { Guest } from '#local/cloud/compute/lifecycle.ts';
import type { InstanceRecord } from '#local/cloud/compute/records.ts';
import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import type { PushRequest } from '#local/cloud/pubsub/push.ts';
import { account, accountEmail, FUNCTION_NAMES, type FunctionName } from '#local/lab/people.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { parseOperations, walletNamed } from '#schemas/config.ts';
import { OPERATIONS_OBJECT } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { trustedClock } from '#workload/trusted-time.ts';
import { runTurn } from '#workload/turn.ts';
import { attestedIn, type Cloud } from './cloud.ts';
import { DIGEST } from './law.ts';
import { attestationFor, clockFor, logFor, machinesFor, publisherFor, releaseKeysFor } from './ports.ts';
import { storageFor } from './ports-storage.ts';
import { chainsFor } from './rpc.ts';
import type { Actor } from './scheduler.ts';

const contextFor = (cloud: Cloud, name: FunctionName, actor: Actor): ReconcileContext => {
  const caller = account(cloud.world, name);
  return {
    ...cloud.config,
    buckets: cloud.buckets,
    storage: storageFor(cloud, caller, actor),
    publisher: publisherFor(cloud, caller, actor),
    machines: machinesFor(cloud, caller, actor),
    chains: chainsFor(cloud, cloud.config.law, actor),
    clock: clockFor(cloud, actor),
    log: logFor(cloud, actor),
  };
};

const handle = (name: FunctionName, message: PushMessage, context: ReconcileContext): Promise<void> => {
  switch (name) {
    case 'intake':
      return handleMessage(context, message);
    case 'collect':
      return runStep(collectStep(context), message, context);
    case 'launch':
      return runStep(launchStep(context), message, context);
    case 'finalize':
      return runStep(finalizeStep(context), message, context);
    case 'reconcile':
      return reconcile(context);
    default:
      return name satisfies never;
  }
};

/** Runs one process to its end: 204 or what it answers, 500 where it throws, 503 where it dies. */
const spawn = (cloud: Cloud, actor: Actor, run: () => Promise<unknown>): Promise<number> => {
  cloud.actors.add(actor);
  return new Promise((resolve) => {
    const end = (status: number): void => {
      cloud.scheduler.end(actor);
      cloud.actors.delete(actor);
      resolve(status);
    };
    actor.onKill = () => end(503);
    run().then(
      (answered) => end(typeof answered === 'number' ? answered : 204),
      (error: unknown) => {
        const told = error instanceof Error ? error.message : String(error);
        cloud.scheduler.note(`${actor.name} fails: ${told}`);
        cloud.observer.leaves(`an error of ${actor.name}`, told);
        if (!isKeyturnError(error)) cloud.observer.unexpected(actor.name, error);
        end(500);
      },
    );
  });
};

const call = (cloud: Cloud, name: FunctionName, body: string): Promise<number> => {
  const actor = cloud.scheduler.actor(name, 'function');
  return spawn(cloud, actor, async () => {
    const pushed = { headers: {}, body: JSON.parse(body) };
    return answer(name, contextFor(cloud, name, actor), pushed, (message, context) => handle(name, message, context));
  });
};

/** Pub/Sub's push, and everything that can become of it. */
export const deliveryTo = (cloud: Cloud, { endpoint, body }: PushRequest): Promise<number> => {
  const { faults, scheduler, clock } = cloud;
  const name = FUNCTION_NAMES.find((each) => new URL(endpoint).hostname === each);
  if (name === undefined) throw new Error(`no function at ${endpoint}`);
  const { deliveries, ticks, unnotified } = faults.profile;
  if (name === 'collect' && unnotified > 0) {
    scheduler.note('a notification never comes');
    return Promise.resolve(204);
  }
  if (faults.happens(name === 'reconcile' ? ticks : deliveries)) {
    const what = faults.pick(['lost', 'refused', 'doubled', 'doubled', 'delayed', 'delayed'] as const);
    scheduler.note(`a delivery to ${name} is ${what}`);
    if (what === 'lost') return Promise.resolve(204);
    if (what === 'refused') return Promise.resolve(503);
    const more = what === 'doubled' ? faults.between(1, faults.pick([1, 1, 3, 19])) : 0;
    for (let n = 0; n < more; n++) clock.after(faults.lateness(), () => void call(cloud, name, body));
    if (what === 'delayed')
      return new Promise((resolve) => {
        clock.after(faults.lateness(), () => void call(cloud, name, body).then(resolve));
      });
  }
  return call(cloud, name, body);
};

const claimsFor = ({ world }: Cloud, record: InstanceRecord): InstanceClaims => ({
  projectId: world.project.id,
  projectNumber: world.project.number,
  zone: record.zone,
  instanceName: record.name,
  instanceId: record.id,
  serviceAccount: accountEmail(world, 'workload'),
  imageReference: 'local/keyturn',
  imageDigest: DIGEST,
  imageId: DIGEST,
  restartPolicy: 'Never',
  args: [],
  env: {},
});

/** `combined`, watched: no key may outlive the call. */
const watchedScheme = (cloud: Cloud): SigningScheme => ({
  name: 'combined',
  withKey(shares, wallet, run) {
    let key: Uint8Array | undefined;
    const result = combined.withKey(shares, wallet, (secret) => {
      key = secret;
      return run(secret);
    });
    if (key === undefined || key.some((byte) => byte !== 0)) cloud.observer.fail('6 wiped', 'a key outlives its use');
    return result;
  },
});

/** Whatever it signs is a secret until it is released. */
const watched = (cloud: Cloud, signer: Signer): Signer => ({
  begin: () => {
    const session = signer.begin();
    const requests = new Map<string, TransactionRequest>();
    return {
      ...session,
      open: (asked) => {
        requests.set(asked.id, asked.request);
        return session.open(asked);
      },
      signLadder: async (ladder) => {
        const signatures = await session.signLadder(ladder);
        const request = requests.get(ladder.id);
        if (request !== undefined)
          rungFees(request).forEach((fees, n) => {
            const raw = signedBytes(unsignedRung(request, ladder.nonce, fees), signatures[n] ?? new Uint8Array());
            cloud.observer.signed(`0x${Buffer.from(raw).toString('hex')}`);
          });
        return signatures;
      },
    };
  },
});

/** Something in this request, which nobody foresaw, takes the machine down that opens its shares. */
const poisoned = (cloud: Cloud, actor: Actor, releaseKeys: ReleaseKeys): ReleaseKeys => ({
  decrypt: async (coSigner, ciphertext, aad) => {
    const opened = await releaseKeys.decrypt(coSigner, ciphertext, aad);
    if (cloud.troubles.poison !== undefined && aad.includes(cloud.troubles.poison))
      cloud.scheduler.kill(actor, 'the request is poison');
    return actor.alive ? opened : new Promise(() => {});
  },
});

/** Whoever would store what was signed for this request dies: sealed, and its bytes never come out. */
const stuck = (cloud: Cloud, actor: Actor, storage: Storage): Storage => ({
  ...storage,
  createOnce: (bucket, name, bytes, metadata) => {
    const { troubles, buckets, scheduler } = cloud;
    if (troubles.stuck === undefined || bucket !== buckets.signed || !name.includes(troubles.stuck))
      return storage.createOnce(bucket, name, bytes, metadata);
    scheduler.kill(actor, 'its bytes never come out');
    return new Promise(() => {});
  },
});

/** What workload/main.ts does, with simulated ports. */
const turn = async (cloud: Cloud, record: InstanceRecord, actor: Actor, signal: AbortSignal): Promise<void> => {
  const { law, lawHash } = cloud.config;
  const items = record.body.metadata?.items ?? [];
  const [walletName = '', n = ''] = (items.find(({ key }) => key === 'tee-env-KEYTURN_TURN')?.value ?? '').split('/');
  const wallet = walletNamed(law, walletName);
  if (wallet === undefined) throw new Error(`no wallet ${walletName}`);
  const log = logFor(cloud, actor);
  const attestation = attestationFor(cloud, claimsFor(cloud, record), actor);
  const clock = await trustedClock(attestation, clockFor(cloud, actor), log, () => randomBytes(32).toString('hex'));
  const storage = stuck(cloud, actor, storageFor(cloud, attestedIn(cloud, 'operator'), actor));
  const stored = await storage.read(cloud.buckets.work, OPERATIONS_OBJECT, { limit: 65_536 });
  if (stored === undefined) throw new Error('operations.json is missing');
  const keys = poisoned(
    cloud,
    actor,
    releaseKeysFor(cloud, (coSigner) => attestedIn(cloud, coSigner), actor),
  );
  await runTurn({
    law,
    lawHash,
    operations: parseOperations(JSON.parse(Buffer.from(stored.bytes).toString('utf8'))),
    wallet,
    turn: BigInt(n),
    buckets: cloud.buckets,
    storage,
    shareStorage: (coSigner) => storageFor(cloud, attestedIn(cloud, coSigner), actor),
    signer: watched(
      cloud,
      inProcessSigner({ wallet, registerBucket: cloud.buckets.register, scheme: watchedScheme(cloud) }, keys),
    ),
    publisher: publisherFor(cloud, attestedIn(cloud, 'operator'), actor),
    chains: chainsFor(cloud, law, actor),
    attestation,
    clock,
    log,
    // Few entries in all: with every second one, a seed of a dozen requests has several.
    checkpointEvery: 2,
    signal,
  });
};

/** What runs inside a VM: the turn, in this process, and what can become of it. */
export const machineOf = (whole: () => Cloud): Guest => ({
  start: (record, exited) => {
    const cloud = whole();
    const { faults, scheduler, clock } = cloud;
    const { machines } = faults.profile;
    cloud.observer.boots += 1;
    if (cloud.troubles.doomed || faults.happens(machines)) {
      const what = cloud.troubles.doomed ? 'no boot' : faults.pick(['no boot', 'twice', 'cut', 'hung'] as const);
      scheduler.note(`machine ${record.name}: ${what}`);
      if (what === 'no boot') {
        clock.after(1_000, () => exited(1));
        return { kill: () => {} };
      }
      const actor = scheduler.actor(record.name, 'vm');
      if (what === 'twice') void spawn(cloud, actor, () => turn(cloud, record, actor, new AbortController().signal));
      if (what === 'cut') clock.after(faults.between(1, 3_000), () => killLast(cloud, record.name));
      if (what === 'hung') clock.after(faults.between(1, 3_000), () => holdLast(cloud, record.name, faults.lateness()));
    }
    const actor = scheduler.actor(record.name, 'vm');
    const stop = new AbortController();
    void spawn(cloud, actor, () => turn(cloud, record, actor, stop.signal)).then((status) =>
      exited(status === 204 ? 0 : 1),
    );
    return {
      kill: () => {
        stop.abort();
        clock.after(90_000, () => scheduler.kill(actor, 'its power is cut'));
      },
    };
  },
});

const lastOf = (cloud: Cloud, name: string): Actor | undefined =>
  [...cloud.actors].findLast((actor) => actor.name.startsWith(`${name}#`));
const killLast = (cloud: Cloud, name: string): void => {
  const actor = lastOf(cloud, name);
  if (actor !== undefined) cloud.scheduler.kill(actor, 'its power is cut');
};
const holdLast = (cloud: Cloud, name: string, ms: number): void => {
  const actor = lastOf(cloud, name);
  if (actor !== undefined) cloud.scheduler.hold(actor, ms);
};
