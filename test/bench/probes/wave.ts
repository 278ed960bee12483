import { approve, type BenchLab, publish } from './lab.ts';
import { cpuBetween, type Usage, usage } from './processes.ts';

export interface Wave {
  /** ms from the publication of the first to the broadcast of the last. */
  readonly broadcast: number;
  /** ms of CPU of the workload and the functions, by request, until the outcome of the last. */
  readonly cpu: number;
  /** Memory of each at the end. */
  readonly after: ReadonlyMap<string, Usage>;
  /** MB of the workload when half of them were broadcast. */
  readonly half: number;
}

/**
 * Publishes `count` requests at once, in turn from each wallet. Each is approved once it is accepted, as a co-signer does who hears of it. One
 * clock, that of this process: the log line of the broadcast ends a request.
 */
export const wave = async (lab: BenchLab, count: number, wallets = [lab.wallet]): Promise<Wave> => {
  const accepted: string[] = [];
  const sent = new Map<string, number>();
  const settled = new Set<string>();
  let half = 0;
  const owners = new Map<string, string>();
  const ends = [
    lab.watch(({ method, detail, phase }) => {
      if (method !== 'storage.objects.insert' || phase !== 'after') return;
      const [, id = '', what] = /requests\/([0-9a-f]{64})\/(request|outcome)\.json$/.exec(detail) ?? [];
      if (!owners.has(id)) return;
      if (what === 'request') accepted.push(id);
      else settled.add(id);
    }),
    lab.onLine((line) => {
      const [, id = ''] = /"id":"([0-9a-f]{64})".*"message":"turn\.broadcast"/.exec(line) ?? [];
      if (!owners.has(id) || sent.has(id)) return;
      sent.set(id, performance.now());
      if (sent.size === Math.ceil(count / 2)) half = usage(lab).get('workload')?.rss ?? 0;
    }),
  ];
  try {
    const before = usage(lab);
    const began = performance.now();
    for (let n = 0; n < count; n++) {
      const wallet = wallets[n % wallets.length] ?? lab.wallet;
      owners.set(publish(lab, { wallet }), wallet.name);
    }
    await lab.until(`${count} broadcast`, () => {
      for (const id of accepted.splice(0)) approve(lab, id, owners.get(id));
      return sent.size === count;
    });
    const broadcast = Math.max(...sent.values()) - began;
    await lab.until(`${count} final`, () => settled.size === count);
    const after = usage(lab);
    return { broadcast, cpu: cpuBetween(before, after) / count, after, half };
  } finally {
    for (const end of ends) end();
  }
};
