import { FUNCTIONS } from '../../build/build.ts';

/** What a figure must be: by its own value, or by its ratio to floor or baseline in the same run. */
export type Limit =
  | { readonly by: 'value' | 'floor'; readonly most: number }
  | { readonly by: 'value' | 'floor' | 'baseline'; readonly least: number };

export interface Target {
  /** Of the figure, beginning with its part. */
  readonly name: string;
  /** The words of the target, as they were agreed: figure, then target. */
  readonly words: string;
  readonly limit: Limit;
}

const most = (value: number): Limit => ({ by: 'value', most: value });

/** GET, LIST, PATCH, RPC per url, of one request. */
const calls = (what: string, words: string, limits: readonly [number, number, number, number]): readonly Target[] =>
  (['get', 'list', 'patch', 'rpc'] as const).map((verb, n) => ({
    name: `calls.${what}.${verb}`,
    words,
    limit: most(limits[n] ?? 0),
  }));

const CALLS =
  'GET/LIST/PATCH/RPC per request, RPC per url: 20 a turn: ≤ 8/6/2/8; alone: ≤ 14/12/3/16; the same after 3 days in the queue';
const WORKLOAD =
  'workload, all processes: import CPU, RSS; first seal; after 1,000: ≤ 300 ms, ≤ 95 MB; ≤ 150; ≤ 180, flat';
const COLD = 'cold function against an empty one, CPU; RSS: ≤ 2.2 ×, ≤ 125 (launch, reconcile ≤ 2.6 ×, ≤ 150)';
const REGISTER = 'new turn on 10,000 sealed in the horizon: ≤ 10 GET, ≤ 0.5 s; a look: 1 LIST per 1,000 names';
const CLI = 'CLI over an empty node, CPU: --help, status; npm start built: ≤ 100, ≤ 300 ms; ≤ 10 s';
const WAITING = 'class A calls of one waiting request, per hour: ≤ 4 over 24 h, ≤ 10 in the first';
const THOUSAND = '1,000 in flight, 8 wallets (--full): ≥ 35 % of floor, memory flat';
const OPEN = 'launch, reconcile RSS with 1,000 open: ≤ 256';
const TURN = 'turn of 20 / 100 at cloud latencies (30/80/30/500 ms): ≤ 3 / 7 s';
const LARGE = ['launch', 'reconcile'];
/** What "flat" means: the second half of the requests adds no more than a twentieth to what the first half needed. */
const FLAT = most(1.05);

const cold = (name: string): readonly Target[] => [
  { name: `functions.${name}.cpu`, words: COLD, limit: { by: 'floor', most: LARGE.includes(name) ? 2.6 : 2.2 } },
  { name: `functions.${name}.rss`, words: COLD, limit: most(LARGE.includes(name) ? 150 : 125) },
];

/**
 * All targets of speed and cost. A target is agreed before the work, and no commit that misses it changes it. A missed one is shown as missed,
 * with its figure.
 */
export const TARGETS: readonly Target[] = [
  {
    name: 'pipeline.warm',
    words: 'published → broadcast, one warm, 15 alternating pairs: ≤ 2 ×',
    limit: { by: 'floor', most: 2 },
  },
  {
    name: 'pipeline.hundred',
    words: 'requests/s, 100 in flight: ≥ 40 %, ≥ 4 × baseline',
    limit: { by: 'floor', least: 0.4 },
  },
  {
    name: 'pipeline.hundred.baseline',
    words: 'requests/s, 100 in flight: ≥ 40 %, ≥ 4 × baseline',
    limit: { by: 'baseline', least: 4 },
  },
  { name: 'pipeline.thousand', words: THOUSAND, limit: { by: 'floor', least: 0.35 } },
  { name: 'pipeline.thousand.growth', words: THOUSAND, limit: FLAT },
  { name: 'pipeline.cpu', words: 'CPU per request, workload + functions: ≤ 150', limit: most(150) },
  { name: 'pipeline.workload.first-seal', words: WORKLOAD, limit: most(150) },
  { name: 'pipeline.workload.after-1000', words: WORKLOAD, limit: most(180) },
  { name: 'turn.20', words: TURN, limit: most(3_000) },
  { name: 'turn.100', words: TURN, limit: most(7_000) },
  { name: 'workload.signing', words: 'signing CPU per request (5 rungs, shares checked): ≤ 8', limit: most(8) },
  { name: 'workload.import.cpu', words: WORKLOAD, limit: most(300) },
  { name: 'workload.import.rss', words: WORKLOAD, limit: most(95) },
  ...FUNCTIONS.flatMap(cold),
  { name: 'functions.launch.open', words: OPEN, limit: most(256) },
  { name: 'functions.reconcile.open', words: OPEN, limit: most(256) },
  ...calls('20', CALLS, [8, 6, 2, 8]),
  ...calls('alone', CALLS, [14, 12, 3, 16]),
  ...calls('alone-after-3-days', CALLS, [14, 12, 3, 16]),
  { name: 'waiting.first-hour', words: WAITING, limit: most(10) },
  { name: 'waiting.per-hour', words: WAITING, limit: most(4) },
  { name: 'register.get', words: REGISTER, limit: most(10) },
  { name: 'register.cpu', words: REGISTER, limit: most(500) },
  { name: 'register.list', words: REGISTER, limit: most(1) },
  { name: 'register.window.get', words: '30-day window at 10,000 a day: works, same GETs', limit: most(10) },
  { name: 'cli.help', words: CLI, limit: most(100) },
  { name: 'cli.status', words: CLI, limit: most(300) },
  { name: 'cli.start', words: CLI, limit: most(10) },
];

export const targetOf = (name: string): Target | undefined => TARGETS.find((target) => target.name === name);
