import { computeAddress } from 'ethers';
import { lossy, type Passing, startProxy, type Verdict } from '../faults/proxy.ts';
import { CLIENTS, type Client, keyFor } from './clients.ts';
import { Node } from './node.ts';
import { Observer } from './observer.ts';
import { approve, type BenchLab, openLab, publish } from './probes/lab.ts';
import { pool, type Setting, settle, type Tally, tally, worthOf } from './tally.ts';

/** ms after which an intent that its client calls sent, and that is not mined, makes room for the next. It may still be mined. */
const PATIENCE = 5_000;
/** ms. keyturn waits for co-signers, a seal and ticks, and tries for as long as its request is valid. */
const OUR_PATIENCE = 300_000;

type Judge = (call: Passing) => Verdict;
const pass: Judge = () => 'pass';

/** One lab with one node; everybody reaches the node through a proxy that loses by the same rule, keyturn's by the lab's own. */
export interface Arena {
  readonly lab: BenchLab;
  readonly node: Node;
  /** What keyturn's proxy does from now on. */
  lose(judge: Judge): void;
  close(): Promise<void>;
}

export const openArena = async (): Promise<Arena> => {
  let judge = pass;
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = [];
  const lab = await openLab({
    reroute: async (service, target) => {
      if (service !== 'rpc') return target;
      const proxy = await startProxy({ target, judge: (call) => judge(call) });
      proxies.push(proxy);
      return proxy.url;
    },
  });
  return {
    lab,
    node: new Node(lab.chain),
    lose: (next) => {
      judge = next;
    },
    close: async () => {
      await lab.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
};

const runClient = async (
  { node }: Arena,
  client: Client,
  setting: Setting,
  { requests, seed }: { readonly requests: number; readonly seed: number },
): Promise<Tally> => {
  const key = keyFor(`${client.name} ${JSON.stringify(setting)} ${seed}`);
  const address = computeAddress(key);
  await node.fund(address);
  const proxy = await startProxy({ target: node.url, judge: lossy(setting.rate, seed) });
  const { send, close } = client.open(proxy.url, node.chainId, key);
  const observer = await Observer.start(node, address);
  const began = performance.now();
  try {
    await pool(requests, setting.atOnce, async (n) => {
      // Whoever gave up after its retries has told its caller: the chain says what really happened.
      const isSent = await send(n).then(
        () => true,
        () => false,
      );
      if (isSent) await observer.until(worthOf(n), PATIENCE);
    });
    await settle(node, observer, setting.mining);
    return tally(client.name, observer, requests, began);
  } finally {
    close();
    await observer.stop();
    await proxy.close();
  }
};

/** The real pipeline: processes, HTTP, gRPC and pushes. Co-signers approve each request once it is accepted. */
const runOurs = async (
  { lab, node, lose }: Arena,
  setting: Setting,
  { requests, seed }: { readonly requests: number; readonly seed: number },
): Promise<Tally> => {
  const open = new Set<string>();
  const end = lab.watch(({ method, detail, phase }) => {
    if (method !== 'storage.objects.insert' || phase !== 'after') return;
    const [, id = ''] = /requests\/([0-9a-f]{64})\/request\.json$/.exec(detail) ?? [];
    // Not within the call that stores it.
    if (open.delete(id)) setImmediate(() => approve(lab, id));
  });
  const observer = await Observer.start(node, lab.wallet.address);
  lose(lossy(setting.rate, seed));
  const began = performance.now();
  try {
    await pool(requests, setting.atOnce, async (n) => {
      open.add(publish(lab, { value: worthOf(n) }));
      await observer.until(worthOf(n), OUR_PATIENCE);
    });
    await settle(node, observer, setting.mining);
    return tally('keyturn', observer, requests, began);
  } finally {
    lose(pass);
    end();
    await observer.stop();
  }
};

/** The intents of everybody in one setting, keyturn last. */
export const runCell = async (
  arena: Arena,
  setting: Setting,
  how: { readonly requests: number; readonly seed: number },
): Promise<readonly Tally[]> => {
  await arena.node.mine(setting.mining);
  const rows: Tally[] = [];
  for (const client of CLIENTS) rows.push(await runClient(arena, client, setting, how));
  return [...rows, await runOurs(arena, setting, how)];
};
