import { computeAddress } from 'ethers';
import { lossy, startProxy } from '../faults/proxy.ts';
import { CLIENTS, type Client, keyFor } from './clients.ts';
import { type Mining, Node } from './node.ts';
import { type OursTally, runOurs } from './ours.ts';
import { printTable } from './table.ts';
import { pool, type Setting, type Tally, tally } from './tally.ts';

export interface ExactlyOnceOptions {
  readonly requests: number;
  /** Shares of 1 */
  readonly rates: readonly number[];
  readonly seed: number;
  readonly json: boolean;
}

interface Cell extends Setting {
  readonly rows: readonly Tally[];
  readonly ours: OursTally;
}

const MODES: readonly { readonly mining: Mining; readonly atOnce: number }[] = [
  { mining: 'automine', atOnce: 1 },
  { mining: 'automine', atOnce: 30 },
  { mining: '1 s blocks', atOnce: 30 },
];

/** Only what sends money is lost: reading again is safe for everybody. */
const proxyFor = (node: Node, { rate }: Setting, seed: number) =>
  startProxy({
    target: node.anvil.url,
    judge: lossy(rate, seed, ({ method }) => method === 'eth_sendRawTransaction'),
  });

const runClient = async (
  node: Node,
  client: Client,
  setting: Setting,
  { requests, seed }: ExactlyOnceOptions,
): Promise<Tally> => {
  const key = keyFor(`${client.name} ${JSON.stringify(setting)} ${seed}`);
  const address = computeAddress(key);
  await node.fund(address);
  const since = await node.head();
  const proxy = await proxyFor(node, setting, seed);
  const { send, close } = client.open(proxy.url, node.anvil.chainId, key);
  const start = performance.now();
  try {
    // Whoever gave up after its retries has told its caller: the chain says what really happened.
    await pool(requests, setting.atOnce, async (n) => void (await send(n).catch(() => {})));
    return await tally(node, client.name, address, since, requests, start);
  } finally {
    close();
    await proxy.close();
  }
};

const runCell = async (node: Node, setting: Setting, options: ExactlyOnceOptions): Promise<Cell> => {
  await node.mine(setting.mining);
  const rows: Tally[] = [];
  for (const client of CLIENTS) rows.push(await runClient(node, client, setting, options));
  const proxy = await proxyFor(node, setting, options.seed);
  try {
    const key = keyFor(`keyturn ${JSON.stringify(setting)} ${options.seed}`);
    const ours = await runOurs(node, proxy.url, key, setting, options.requests);
    return { ...setting, rows, ours };
  } finally {
    await proxy.close();
  }
};

const isRight = ({ ours }: Cell, requests: number): boolean =>
  ours.once === requests &&
  ours.twice === 0 &&
  ours.stuck === 0 &&
  ours.finalized === requests &&
  ours.alarms.length === 0;

/** Everybody's intents, on one node, through the same losses. True where ours were mined exactly once, all of them, in every cell. */
export const exactlyOnce = async (options: ExactlyOnceOptions, say: (line: string) => void): Promise<boolean> => {
  const { requests, rates, seed, json } = options;
  const node = await Node.start();
  const cells: Cell[] = [];
  try {
    if (!json)
      say(
        `${requests} intents for each client; seed ${seed}; refused + as many replies lost, of eth_sendRawTransaction\n`,
      );
    for (const mode of MODES)
      for (const rate of rates) {
        const cell = await runCell(node, { ...mode, rate }, options);
        cells.push(cell);
        if (!json) sayCell(cell, requests, say);
      }
  } finally {
    await node.anvil.stop();
  }
  const right = cells.every((cell) => isRight(cell, requests));
  if (json) say(JSON.stringify({ ok: right, requests, seed, cells }));
  else say(right ? 'keyturn: every request mined once, none twice, none stuck' : 'keyturn: NOT exactly once');
  return right;
};

const sayCell = (cell: Cell, requests: number, say: (line: string) => void): void => {
  const { mining, atOnce, rate, rows, ours } = cell;
  say(`${mining}, ${atOnce} at once, ${rate * 100} % refused + ${rate * 100} % lost`);
  printTable(
    ['client', 'once', 'twice', 'stuck', 'seconds'],
    [...rows, ours].map((row) => [row.client, row.once, row.twice, row.stuck, (row.ms / 1000).toFixed(1)]),
    say,
  );
  if (!isRight(cell, requests)) say(`  keyturn: ${ours.finalized} finalized; ${ours.alarms.slice(0, 5).join(' | ')}`);
  say('');
};
