import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProxy } from '../faults/proxy.ts';
import { type FaultLab, startFaultLab } from '../faults/support/lab.ts';
import { type Asked, askAndApprove } from '../faults/support/people.ts';
import { printTable } from './table.ts';

export interface OverheadOptions {
  readonly requests: number;
  readonly json: boolean;
}

/** Requests one after the other, each while the machine of the one before is still up. */
const ONE_BY_ONE = 10;

interface Wave {
  readonly name: string;
  readonly requests: number;
  /** ms from the publication of each request to the broadcast of its bytes. */
  readonly broadcastMs: readonly number[];
  readonly boots: number;
  /** Calls by service and method. */
  readonly calls: Readonly<Record<string, number>>;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0;

/** Counts what passes from `start` until `stop`. */
class Meter {
  readonly #lab: FaultLab;
  readonly #calls = new Map<string, number>();
  readonly #broadcast = new Map<string, number>();
  #boots = 0;

  constructor(lab: FaultLab) {
    this.#lab = lab;
    lab.watch(({ method, phase }) => {
      if (phase === 'before') this.count(method);
    });
    lab.onLine((line) => {
      if (line.includes('workload task started')) this.#boots++;
      const [, id] = /"id":"([0-9a-f]{64})".*"message":"turn\.broadcast"/.exec(line) ?? [];
      if (id !== undefined && !this.#broadcast.has(id)) this.#broadcast.set(id, performance.now());
    });
  }

  count(method: string): void {
    this.#calls.set(method, (this.#calls.get(method) ?? 0) + 1);
  }

  /** Runs `work`; resolves once every request that it published is broadcast, and then settled. */
  async wave(name: string, work: () => Promise<readonly { asked: Asked; at: number }[]>): Promise<Wave> {
    this.#calls.clear();
    this.#boots = 0;
    const published = await work();
    await this.#lab.until(
      'all broadcast',
      () => published.every(({ asked }) => this.#broadcast.has(asked.id)) || undefined,
    );
    const broadcastMs = published.map(({ asked, at }) => Math.round((this.#broadcast.get(asked.id) ?? 0) - at));
    const ended = ({ asked }: { asked: Asked }): boolean =>
      this.#lab.lines.some(
        (line) => line.includes(asked.id) && /"message":"(finalize\.act|reconcile\.settled)"/.test(line),
      );
    await this.#lab.until('all final', () => published.every(ended) || undefined, 20_000).catch(() => {});
    const calls = Object.fromEntries([...this.#calls].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { name, requests: published.length, broadcastMs, boots: this.#boots, calls };
  }
}

const publish = (lab: FaultLab) => ({ at: performance.now(), asked: askAndApprove(lab) });

/** Publishes one after the other; the machine stays up in between. */
const oneByOne = async (lab: FaultLab, count: number) => {
  const published = [];
  for (let n = 0; n < count; n++) {
    const one = publish(lab);
    published.push(one);
    await lab.until(
      'broadcast',
      () => lab.lines.some((line) => line.includes(one.asked.id) && line.includes('turn.broadcast')) || undefined,
    );
  }
  return published;
};

const sayWave = ({ name, requests, broadcastMs, boots }: Wave): (string | number)[] => [
  name,
  requests,
  quantile(broadcastMs, 0.5),
  quantile(broadcastMs, 0.95),
  boots,
  ((boots * 100) / requests).toFixed(1),
];

/**
 * `node test/bench/overhead.ts [--requests N] [--json]`: what the cost table of terraform/README.md is made of.
 * Measures, and judges nothing: how long from publication to broadcast, how many calls, how many machines. */
export const overhead = async ({ requests, json }: OverheadOptions, say: (line: string) => void): Promise<boolean> => {
  let count = (_: string): void => {};
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = [];
  const lab = await startFaultLab({
    tickMs: 2_000,
    operations: { bootLimitSeconds: 60, idleSeconds: 20, pollSeconds: 5 },
    reroute: async (service, target) => {
      if (service !== 'rpc') return target;
      const proxy = await startProxy({
        target,
        judge: ({ method }) => {
          count(`rpc.${method}`);
          return 'pass';
        },
      });
      proxies.push(proxy);
      return proxy.url;
    },
  });
  try {
    const meter = new Meter(lab);
    count = (method) => meter.count(method);
    const first = await meter.wave('the first, which boots a machine', async () => [publish(lab)]);
    const warm = await meter.wave('one by one, machine up', () => oneByOne(lab, ONE_BY_ONE));
    const many = await meter.wave(`${requests} at once`, async () =>
      Array.from({ length: requests }, () => publish(lab)),
    );
    const again = await meter.wave(`${requests} more, on that history`, async () =>
      Array.from({ length: requests }, () => publish(lab)),
    );
    await pause(0);
    const waves = [first, warm, many, again];
    if (json) say(JSON.stringify({ ok: true, waves }));
    else {
      printTable(
        ['wave', 'requests', 'ms to broadcast: half', '95 %', 'boots', 'boots per 100'],
        waves.map(sayWave),
        say,
      );
      say('');
      const methods = [...new Set(waves.flatMap(({ calls }) => Object.keys(calls)))].toSorted();
      const counted = [warm, many, again];
      printTable(
        ['calls per request, idle looks and ticks included', ...counted.map(({ name }) => name)],
        methods.map((method) => [
          method,
          ...counted.map((wave) => ((wave.calls[method] ?? 0) / wave.requests).toFixed(2)),
        ]),
        say,
      );
    }
    return waves.every(({ broadcastMs }) => broadcastMs.every((ms) => ms > 0));
  } finally {
    await lab.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  }
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: { requests: { type: 'string', default: '50' }, json: { type: 'boolean', default: false } },
  });
  const done = await overhead({ requests: Number(values.requests), json: values.json }, (line) => console.log(line));
  process.exitCode = done ? 0 : 1;
}
