import { Wallet as Signer, Transaction } from 'ethers';
import type { ReleaseKeys } from '#core/key-ports.ts';
import type { Message, StoredObject } from '#core/ports.ts';
import { CHECKPOINT_EVERY } from '#core/register/make-checkpoint.ts';
import type { SigningScheme } from '#core/shares/signing-scheme.ts';
import { inProcessSigner } from '#core/signing/session.ts';
import { collectStep } from '#functions/collect/handle.ts';
import { finalizeStep } from '#functions/finalize/handle.ts';
import { handleMessage } from '#functions/intake/handle.ts';
import { launchStep } from '#functions/launch/handle.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf, shareAad, topicsOf } from '#schemas/names.ts';
import { parseRequest } from '#schemas/request.ts';
import { shareText } from '#schemas/share-text.ts';
import { timeText } from '#schemas/spellings.ts';
import type { TurnContext } from '#workload/context.ts';
import { runTurn } from '#workload/turn.ts';
import { SelfWindingClock } from './clock.ts';
import {
  configOf,
  coSignersWith,
  PLAIN_REQUEST,
  plainLaw,
  plainOperations,
  plainWallet,
  secretOf,
  splitOf,
} from './law.ts';
import { MemoryStorage } from './memory-storage.ts';
import { MemoryAttestation, MemoryChain, MemoryKeys, MemoryLog, MemoryMachines, MemoryPublisher } from './ports.ts';

type Plain = Record<string, unknown>;

/** What a turn of a test has in place of the stage's own. `releaseKeys`, `scheme`: of its signer, which signs in this process. */
export type Changed = Partial<TurnContext> & { readonly releaseKeys?: ReleaseKeys; readonly scheme?: SigningScheme };

export const START = Date.parse('2027-01-01T00:00:00Z');
const HOUR = 3_600_000;
const OTHER_CHAIN = '31338';

/**
 * The whole pipeline over in-memory ports: one wallet `hot`, 2 of 3 (alice, bob, holder-3), two chains. Nothing moves by itself but time
 * within a call: messages are delivered, ticks given and turns run by the test.
 */
export const stage = (
  over: {
    wallet?: Plain;
    limits?: Plain;
    operations?: Plain;
    finality?: Plain;
    tokens?: readonly Plain[];
    /** The address book of the first chain. */
    names?: readonly Plain[];
    /** Addresses from which each co-signer asks. */
    tied?: Readonly<Record<string, readonly string[]>>;
  } = {},
) => {
  const clock = new SelfWindingClock(START);
  const now = () => clock.now();
  const split = splitOf(2, 3);
  const chainIds = ['31337', OTHER_CHAIN];
  const law = plainLaw(
    [plainWallet(split, { chains: chainIds.map((chainId) => ({ chainId, startNonce: '0' })), ...over.wallet })],
    {
      chains: chainIds.map((chainId) => ({
        chainId,
        name: `anvil-${chainId}`,
        finality: over.finality ?? { kind: 'finalized' },
        trusted: true,
        forks: [{ name: 'osaka' }],
        tokens: over.tokens ?? [],
        ...(over.names === undefined || chainId === OTHER_CHAIN ? {} : { names: over.names }),
      })),
      limits: over.limits ?? {},
      ...(over.tied === undefined ? {} : { coSigners: coSignersWith(over.tied) }),
    },
  );
  const operations = plainOperations({
    zones: ['zone-a', 'zone-b'],
    idleSeconds: 0,
    rpc: chainIds.map((chainId) => ({ chainId, urls: ['http://127.0.0.1:1'] })),
    ...over.operations,
  });
  const config = configOf(law, operations);
  const [wallet] = config.law.wallets;
  if (wallet === undefined) throw new Error('no wallet');
  const buckets = bucketsOf(config.law.name);
  const storage = new MemoryStorage(now, Object.values(buckets));
  const publisher = new MemoryPublisher();
  const machines = new MemoryMachines(now);
  const keys = new MemoryKeys();
  const log = new MemoryLog();
  const attestation = new MemoryAttestation(now);
  const chains = new Map(chainIds.map((chainId) => [chainId, new MemoryChain(chainId, now)]));
  const chainOf = (chainId = '31337'): MemoryChain => {
    const chain = chains.get(chainId);
    if (chain === undefined) throw new Error(`no chain ${chainId}`);
    return chain;
  };
  const context: ReconcileContext = {
    ...config,
    buckets,
    storage,
    publisher,
    clock,
    log,
    machines,
    chains: { of: chainOf },
  };
  const push = (data: Uint8Array, attributes: Readonly<Record<string, string>> = {}) => ({
    data,
    attributes,
    messageId: 'm',
    deliveryAttempt: 1,
  });

  const requestOf = (fields: Plain = {}) =>
    parseRequest({ ...PLAIN_REQUEST, validUntil: timeText(now() + HOUR), ...fields });
  const idOf = (request: ReturnType<typeof requestOf>): string => digestOf(request, wallet.address, buckets.register);
  const messageOf = (request: ReturnType<typeof requestOf>): Uint8Array => Buffer.from(JSON.stringify(request));
  const turnContext = (turn: bigint, { releaseKeys = keys, scheme, ...changed }: Changed = {}): TurnContext => ({
    law: config.law,
    lawHash: config.lawHash,
    operations: config.operations,
    wallet,
    turn,
    buckets,
    storage,
    shareStorage: () => storage,
    publisher,
    chains: { of: chainOf },
    attestation,
    signer: inProcessSigner(
      {
        wallet: changed.wallet ?? wallet,
        registerBucket: buckets.register,
        ...(scheme === undefined ? {} : { scheme }),
      },
      releaseKeys,
    ),
    clock,
    log,
    checkpointEvery: CHECKPOINT_EVERY,
    signal: new AbortController().signal,
    ...changed,
  });

  const stageOf = {
    clock,
    config,
    wallet,
    buckets,
    storage,
    publisher,
    machines,
    keys,
    log,
    attestation,
    chain: chainOf,
    context,
    turnContext,
    requestOf,
    idOf,
    messageOf,
    deliver: (data: Uint8Array) => handleMessage(context, push(data)),
    /** Publishes a request, delivers it once, and gives its id. */
    ask: async (fields: Plain = {}): Promise<string> => {
      const request = requestOf(fields);
      await handleMessage(context, push(messageOf(request)));
      return idOf(request);
    },
    /** Uploads a share; `notify` delivers the notification too. */
    upload: async (
      coSigner: string,
      id: string,
      by: { text?: Uint8Array; attempt?: string; notify?: boolean } = {},
    ) => {
      const share = split.shares.find(({ index }) =>
        wallet.holders.some((h) => h.coSigner === coSigner && h.index === index),
      );
      if (share === undefined) throw new Error(`${coSigner} holds nothing`);
      const text = by.text ?? shareText({ wallet: wallet.name, epoch: 1, index: share.index, scalar: share.scalar });
      const name = `${coSigner}/shares/${id}${by.attempt === undefined ? '' : `/${by.attempt}`}`;
      const object = storage.put(buckets.keys, name, MemoryKeys.encrypt(coSigner, text, shareAad(id, coSigner)));
      if (by.notify !== false) await stageOf.notify(object);
      return object;
    },
    /** Cloud Storage tells collect of an object in the key bucket. */
    notify: ({ name, generation }: StoredObject) =>
      runStep(
        collectStep(context),
        push(new Uint8Array(), {
          eventType: 'OBJECT_FINALIZE',
          bucketId: buckets.keys,
          objectId: name,
          objectGeneration: generation,
        }),
        context,
      ),
    reject: (coSigner: string, id: string) =>
      storage.put(buckets.keys, `${coSigner}/rejections/${id}`, new Uint8Array()),
    approve: async (id: string): Promise<void> => {
      await stageOf.upload('alice', id);
      await stageOf.upload('bob', id);
    },
    launch: (id: string) =>
      runStep(launchStep(context), push(Buffer.from(JSON.stringify({ id, wallet: wallet.name }))), context),
    /** What feeds finalize, as it was announced last. */
    submission: (id: string): Uint8Array => {
      const told = publisher.sent.findLast(
        ({ topic, message }) =>
          topic === topicsOf(config.law.name).submitted && message.attributes['ce-subject'] === id,
      );
      if (told === undefined) throw new Error(`${id} was never announced as submitted`);
      return told.message.data;
    },
    finalize: (id: string, changed: Partial<ReconcileContext> = {}, told?: Uint8Array): Promise<void> =>
      runStep(finalizeStep({ ...context, ...changed }), push(told ?? stageOf.submission(id)), context),
    tick: (ms = 60_000): Promise<void> => {
      clock.advance(ms);
      return reconcile(context);
    },
    turn: (n = 1n, changed: Changed = {}): Promise<void> => runTurn(turnContext(n, changed)),
    /** Asks, approves, and runs a turn: the id of a request whose bytes are out. */
    submit: async (fields: Plain = {}, turn = 1n): Promise<string> => {
      const id = await stageOf.ask(fields);
      await stageOf.approve(id);
      await stageOf.turn(turn);
      return id;
    },
    fact: (id: string, name: string): unknown => storage.json(buckets.results, `requests/${id}/${name}.json`),
    outcome: (id: string): unknown => storage.json(buckets.results, `requests/${id}/outcome.json`),
    isOpen: (id: string): boolean => storage.names(buckets.work, `open/${wallet.name}/${id}`).length > 0,
    seals: (chainId = '31337'): string[] => storage.names(buckets.register, `seals/${chainId}/${wallet.address}/`),
    /** Bytes of the wallet that keyturn did not make: its key is loose. */
    foreign: (nonce: number, chainId = '31337', value = 1n): string => {
      const signer = new Signer(`0x${Buffer.from(secretOf(1)).toString('hex')}`);
      const transaction = Transaction.from({
        type: 2,
        chainId: BigInt(chainId),
        nonce,
        to: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
        value,
        gasLimit: 21_000n,
        maxFeePerGas: 10n ** 12n,
        maxPriorityFeePerGas: 10n ** 9n,
      });
      transaction.signature = signer.signingKey.sign(transaction.unsignedHash);
      return transaction.serialized;
    },
    announced: (type: string, id: string): Message[] =>
      publisher.sent
        .map(({ message }) => message)
        .filter(({ attributes }) => attributes['ce-type'] === type && attributes['ce-subject'] === id),
  };
  return stageOf;
};

export type Pipeline = ReturnType<typeof stage>;
