import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import { OWNER } from '#local/lab/people.ts';
import type { RerouteTee } from '#local/lab/servers.ts';
import { startGrpcProxy } from '../grpc-proxy.ts';
import { randomFrom, startProxy, type Verdict } from '../proxy.ts';
import { type FaultLab, startFaultLab } from './lab.ts';

/** `push`: from Pub/Sub to the functions; `teeserver`: the socket that a machine asks for tokens; `verifier`: whom that asks in turn. */
export const APIS = [
  'storage',
  'kms',
  'compute',
  'sts',
  'rpc',
  'metadata',
  'pubsub',
  'push',
  'teeserver',
  'verifier',
] as const;
export type Api = (typeof APIS)[number];

/**
 * Verdicts as from a shuffled deck. Of `size` calls one is refused before anything happened, and one loses its answer. So the share is kept
 * where there are few calls, too. Refusals are broken connections and 503 in turn.
 */
export const dealt = (size: number, seed: number): (() => Verdict) => {
  const random = randomFrom(seed);
  let decks = 0;
  let deck: Verdict[] = [];
  const shuffled = (): Verdict[] => {
    const worst: Verdict[] = [decks % 2 === 0 ? 'reset' : 'refuse', 'lose'];
    decks += 1;
    const cards = [...worst, ...Array.from({ length: size - 2 }, (): Verdict => 'pass')];
    return cards
      .map((card) => ({ card, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ card }) => card);
  };
  return () => {
    if (deck.length === 0) deck = shuffled();
    return deck.pop() ?? 'pass';
  };
};

/** Every way to one API. Harmless until `deal` is set. */
export class Wire {
  deal: (() => Verdict) | undefined;
  #refused = 0;
  #lost = 0;

  get refused(): number {
    return this.#refused;
  }

  get lost(): number {
    return this.#lost;
  }

  readonly judge = (): Verdict => {
    const verdict = this.deal?.() ?? 'pass';
    if (verdict === 'lose') this.#lost += 1;
    else if (verdict !== 'pass') this.#refused += 1;
    return verdict;
  };
}

export interface WiredLab {
  readonly lab: FaultLab;
  readonly wires: Readonly<Record<Api, Wire>>;
  close(): Promise<void>;
}

const newWires = (): Readonly<Record<Api, Wire>> => ({
  storage: new Wire(),
  kms: new Wire(),
  compute: new Wire(),
  sts: new Wire(),
  rpc: new Wire(),
  metadata: new Wire(),
  pubsub: new Wire(),
  push: new Wire(),
  teeserver: new Wire(),
  verifier: new Wire(),
});

/** Each machine has a socket of its own. */
const throughProxy =
  (judge: () => Verdict): RerouteTee =>
  (start) =>
  async (given) => {
    const behind = `${given.socketPath}.behind`;
    const tee = await start({ ...given, socketPath: behind });
    const proxy = await startProxy({ target: behind, socketPath: given.socketPath, judge });
    return {
      close: async () => {
        await proxy.close();
        await tee.close();
      },
    };
  };

/** The launcher and the attestation service are one process here, so that there is a call, but no connection to break. */
const watchVerifier = (lab: FaultLab, judge: () => Verdict): void => {
  let verdict: Verdict = 'pass';
  lab.watch(({ method, phase }) => {
    if (method !== 'attestation.token') return;
    if (phase === 'before') verdict = judge();
    const strikes = phase === 'before' ? verdict === 'refuse' || verdict === 'reset' : verdict === 'lose';
    if (strikes) throw new CloudError('UNAVAILABLE', `the answer of the verifier is lost ${phase} its effect`);
  });
};

/** The lab, with a proxy on every way between two parts of it. */
export const startWiredLab = async (): Promise<WiredLab> => {
  const wires = newWires();
  const proxies: { close(): Promise<void> }[] = [];
  const through = async (target: string, { judge }: Wire): Promise<string> => {
    const proxy = await startProxy({ target, judge });
    proxies.push(proxy);
    return proxy.url;
  };
  let lab: FaultLab | undefined;
  const close = async (): Promise<void> => {
    await lab?.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  try {
    lab = await startFaultLab({
      reroute: (service, target) => through(target, service === 'pubsubRest' ? wires.pubsub : wires[service]),
      reroutePubsub: async (target) => {
        const proxy = await startGrpcProxy(target, wires.pubsub.judge);
        proxies.push(proxy);
        return proxy.endpoint;
      },
      rerouteTee: throughProxy(wires.teeserver.judge),
    });
    watchVerifier(lab, wires.verifier.judge);
    const { subscriptions } = lab.servers.topics;
    const doors = new Set(lab.functions.doors.values());
    for (const { name, pushConfig } of subscriptions.list(OWNER, `projects/${lab.world.project.id}`, {}).items) {
      if (pushConfig === undefined || !doors.has(pushConfig.pushEndpoint)) continue;
      const pushEndpoint = await through(pushConfig.pushEndpoint, wires.push);
      subscriptions.modifyPushConfig(OWNER, name, { ...pushConfig, pushEndpoint });
      doors.delete(pushConfig.pushEndpoint);
    }
    if (doors.size > 0) throw new Error(`nothing pushes to ${[...doors].join(', ')}`);
    return { lab, wires, close };
  } catch (error) {
    await close();
    throw error;
  }
};
