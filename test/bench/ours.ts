import { setTimeout as pause } from 'node:timers/promises';
import { chainsPort } from '#adapters/chain/chain.ts';
import { realClock } from '#adapters/clock.ts';
import { commitFact } from '#core/facts/store.ts';
import type { Clock } from '#core/ports.ts';
import { combined } from '#core/shares/signing-scheme.ts';
import { collectStep } from '#functions/collect/handle.ts';
import { intakeStep } from '#functions/intake/handle.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import type { PushMessage } from '#functions/runtime/push.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { account, attested, user } from '#local/lab/people.ts';
import { digestOf } from '#schemas/digest.ts';
import {
  bucketsOf,
  outcomeObject,
  requestObject,
  shareAad,
  shareFolder,
  submittedObject,
  turnObject,
  vmName,
} from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { storageOver } from '#test/support/storage-port.ts';
import { runTurn } from '#workload/turn.ts';
import type { Node } from './node.ts';
import { attestationFor, logTo, machines, publisherFor, releaseKeysFor } from './ports.ts';
import { claimsOfTurn, DIGEST, openServices, type Services } from './services.ts';
import { FEES, PAYEE, pool, type Setting, type Tally, tally, worthOf } from './tally.ts';

/** ms. The turn looks for work every second, and reconcile comes every minute; here both are in a hurry. */
const LOOK = 20;
const TICK = 400;
/** ms after which a request without an outcome counts as stuck. */
const PATIENCE = 120_000;

export interface OursTally extends Tally {
  /** Requests whose outcome is finalized. */
  readonly finalized: number;
  readonly alarms: readonly string[];
}

const hurried: Clock = { now: realClock.now, sleep: (ms, signal) => realClock.sleep(Math.min(ms, LOOK), signal) };

const requestOf = ({ config }: Services, n: number) => ({
  wallet: 'treasury',
  chainId: config.law.chains[0]?.chainId ?? '',
  type: '2',
  to: PAYEE,
  value: `${worthOf(n)}`,
  data: '0x',
  accessList: '',
  gasLimit: '21000',
  maxFeePerGas: `${FEES.maxFeePerGas}`,
  maxPriorityFeePerGas: `${FEES.maxPriorityFeePerGas}`,
  nonce: '',
  replaces: '',
  validUntil: timeText(Date.now() + 3_600_000),
  reference: `bench-${n}`,
  memo: '',
  requester: 'dapp',
  requesterSignature: '',
});

/** Every co-signer's share for one request, encrypted for it alone; resolves to the notifications that Cloud Storage sends. */
const upload = (services: Services, id: string): PushMessage[] => {
  const { config, keys, store, shares } = services;
  return config.law.coSigners.map(({ name, releaseKey, shareLocation }) => {
    const additionalAuthenticatedData = Buffer.from(shareAad(id, name));
    const plaintext = shares.get(name) ?? new Uint8Array();
    const { ciphertext } = keys.encrypt(user(name), { name: releaseKey, plaintext, additionalAuthenticatedData });
    const { bucket } = shareLocation;
    const stored = store.insert(user(name), bucket, shareFolder(shareLocation, id), Buffer.from(ciphertext));
    const attributes = {
      eventType: 'OBJECT_FINALIZE',
      bucketId: bucket,
      objectId: stored.name,
      objectGeneration: String(stored.generation),
    };
    return messageOf(stored.name, Buffer.alloc(0), attributes);
  });
};

const messageOf = (
  messageId: string,
  data: Buffer,
  attributes: Readonly<Record<string, string>> = {},
): PushMessage => ({
  data,
  attributes,
  messageId,
  deliveryAttempt: undefined,
});

/** The real handlers and the real turn, on the classes of the local cloud; only the chain is reached by a wire, through `rpcUrl`. */
export const runOurs = async (
  node: Node,
  rpcUrl: string,
  key: string,
  { atOnce }: Setting,
  count: number,
): Promise<OursTally> => {
  const services = await openServices(key, node.anvil.chainId, rpcUrl);
  const { config, world } = services;
  const { law, operations } = config;
  const [wallet] = law.wallets;
  if (wallet === undefined) throw new Error('the law has no wallet');
  await node.fund(wallet.address);
  const since = await node.head();
  const alarms: string[] = [];
  const buckets = bucketsOf(law.name);
  const chains = chainsPort({ rpc: operations.rpc, resolveUrl: async (url) => url });
  const shared = { ...config, buckets, chains, machines, clock: hurried, log: logTo(alarms) };
  const contextOf = (name: string): ReconcileContext => {
    const caller = account(world, name);
    return { ...shared, storage: storageOver(services, caller), publisher: publisherFor(services, caller) };
  };
  const intake = intakeStep(contextOf('intake'));
  const collect = collectStep(contextOf('collect'));
  const watcher = storageOver(services, account(world, 'reconcile'));
  const inPool = (who: string) => callerNamed(attested(world, who, DIGEST));
  const turn = 1n;
  const name = vmName(wallet.name, turn);
  const zone = operations.zones[0] ?? '';
  await commitFact(
    contextOf('launch').storage,
    { kind: 'turn', bucket: buckets.work, name: turnObject(wallet.name, turn) },
    {
      wallet: wallet.name,
      turn: `${turn}`,
      zone,
      name,
    },
  );
  const stop = new AbortController();
  const start = performance.now();
  const working = runTurn({
    ...shared,
    lawHash: config.lawHash,
    // The lab's machine idles for seconds; this one stays until all is done.
    operations: { ...operations, idleSeconds: 3600 },
    wallet,
    turn,
    storage: storageOver(services, inPool('operator')),
    publisher: publisherFor(services, inPool('operator')),
    shareStorage: (coSigner) => storageOver(services, inPool(coSigner)),
    releaseKeys: releaseKeysFor(services, inPool),
    attestation: attestationFor(services, claimsOfTurn(services, name, `${wallet.name}/${turn}`)),
    scheme: combined,
    signal: stop.signal,
  });
  const ticking = (async () => {
    const context = contextOf('reconcile');
    while (!stop.signal.aborted) {
      await reconcile(context);
      await pause(TICK);
    }
  })();
  const has = async (object: string): Promise<boolean> => (await watcher.stat(buckets.results, object)) !== undefined;
  const wait = async (done: () => Promise<boolean>): Promise<void> => {
    const until = Date.now() + PATIENCE;
    while (Date.now() < until && !(await done())) await pause(LOOK);
  };
  const ids: string[] = [];
  try {
    await pool(count, atOnce, async (n) => {
      const request = requestOf(services, n);
      const id = digestOf(request, wallet.address, buckets.register);
      await runStep(intake, messageOf(`bench-${n}`, Buffer.from(JSON.stringify(request))), shared);
      if (!(await has(requestObject(id))))
        throw new Error(`request ${n} was refused: the benchmark asks for what intake must take`);
      for (const notification of upload(services, id)) await runStep(collect, notification, shared);
      ids.push(id);
      await wait(() => has(submittedObject(id)));
    });
    await wait(async () => {
      // A block now and then: what automine has mined is final two blocks later only.
      await node.call('evm_mine');
      const ended = await Promise.all(ids.map((id) => has(outcomeObject(id))));
      return ended.every((each) => each);
    });
    const counted = await tally(node, 'keyturn', wallet.address, since, count, start);
    const outcomes = await Promise.all(ids.map((id) => watcher.read(buckets.results, outcomeObject(id))));
    const finalized = outcomes.filter((each) =>
      Buffer.from(each?.bytes ?? []).includes('"outcome":"finalized"'),
    ).length;
    return { ...counted, finalized, alarms };
  } finally {
    stop.abort();
    await Promise.allSettled([working, ticking]);
    await chains.close();
  }
};
