import { readFileSync, writeFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { benchSchema, type Counted, countedSchema, estimate, type Row } from './cost/estimate.ts';
import { ASSUMED, PRICES, READ_ON } from './cost/prices.ts';
import { README } from './grants.ts';
import { ROOT } from './used-types.ts';

/** The cost block of terraform/README.md, from counted calls. To count again and write both:
 * `npx node test/bench/overhead.ts --json | npx node test/terraform/cost.ts --count`; the block alone: `npx node test/terraform/cost.ts --write`. */
export const COUNTED_FILE = `${ROOT}test/bench/counted.json`;
const BEGIN = '<!-- BEGIN cost -->';
const END = '<!-- END cost -->';

export const readCounted = (): Counted => countedSchema.parse(JSON.parse(readFileSync(COUNTED_FILE, 'utf8')));

const amount = (quantity: number): string => {
  const [value, unit] =
    quantity >= 1e9
      ? ([quantity / 1e9, ' G'] as const)
      : quantity >= 1e6
        ? ([quantity / 1e6, ' M'] as const)
        : ([quantity, ''] as const);
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)}${unit}`;
};

const dollars = (value: number): string => `$${value < 0.01 ? value.toPrecision(1) : value.toFixed(2)}`;

const sum = (rows: readonly Row[]): number => rows.reduce((total, { dollars: each }) => total + each, 0);

const table = (lines: readonly (readonly string[])[]): string =>
  lines
    .flatMap((cells, n) => [
      `| ${cells.join(' | ')} |`,
      ...(n === 0 ? [`| ${cells.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`] : []),
    ])
    .join('\n');

/** What stands between the marks. Throws on a counted call without a price. */
export const costText = (counted: Counted): string => {
  const { busy, alone } = estimate(counted);
  const last = counted.waves.at(-1);
  const lines = busy.map(({ item, quantity, price, dollars: cost }, n) => {
    const other = alone[n];
    const { dollars: asked, unit, read } = PRICES[price];
    return [
      item,
      amount(quantity),
      amount(other?.quantity ?? 0),
      `$${asked} per ${unit}${read ? '' : ' (not verified)'}`,
      dollars(cost),
      dollars(other?.dollars ?? 0),
    ];
  });
  const pages = [...new Set(Object.values(PRICES).map(({ page }) => `<https://${page}>`))].sort();
  return [
    `Calls as \`npx node test/bench/overhead.ts\` counted them on ${counted.on} (${last?.requests ?? 0} requests at once on a running machine; one request that boots one). 2 of 2 approvals, and the lab's ticks are included.`,
    table([
      ['per 1,000 transactions', 'at 100 a boot', 'at 1 a boot', 'price', 'at 100 a boot', 'at 1 a boot'],
      ...lines,
      ['**sum**', '', '', '', `**${dollars(sum(busy))}**`, `**${dollars(sum(alone))}**`],
    ]),
    `Prices of us-central1, without free allotments, as read on ${READ_ON} in copies of ${pages.join(', ')}. What one minute of a confidential VM costs could not be verified: ${PRICES.machine.dollars} is an estimate for n2d-standard-2 with the surcharge.`,
    [
      'Assumed, not counted:',
      `${ASSUMED.messageBytes / 1000} kB a message and ${ASSUMED.pullsPerPublish} pulls of each published one.`,
      `A call of a function takes ${ASSUMED.functionSeconds} s with ${ASSUMED.functionGib} GiB, and launch waits ${ASSUMED.launchSeconds} s for each boot.`,
      `A machine runs ${ASSUMED.machineMinutesBusy} minutes at 100 a boot, and ${ASSUMED.machineMinutesAlone} at one.`,
      `Logs take ${ASSUMED.logBytesPerRequest / 1000} kB a request and ${ASSUMED.logBytesPerBoot / 1000} kB a boot.`,
      "STS, attestation and Compute's API calls are not billed by call, nor are deletes.",
    ].join(' '),
  ].join('\n\n');
};

/** The text between the marks. Throws where they do not stand once each, in order. */
export const costBlock = (readme: string): string => {
  const [, inner, ...more] = readme.split(BEGIN).flatMap((part) => part.split(END));
  if (inner === undefined || more.length !== 1 || readme.indexOf(BEGIN) > readme.indexOf(END))
    throw new Error(`terraform/README.md must have ${BEGIN} and ${END}, once each`);
  return inner.trim();
};

const main = async (args: readonly string[]): Promise<void> => {
  if (args.includes('--count')) {
    const line = (await textOf(process.stdin)).split('\n').findLast((each) => each.startsWith('{'));
    const { waves } = benchSchema.parse(JSON.parse(line ?? ''));
    writeFileSync(COUNTED_FILE, `${JSON.stringify({ on: new Date().toISOString().slice(0, 10), waves }, null, 2)}\n`);
  }
  const block = costText(readCounted());
  if (!args.includes('--count') && !args.includes('--write')) {
    console.log(block);
    return;
  }
  const readme = readFileSync(README, 'utf8');
  costBlock(readme);
  const [head = '', tail = ''] = [readme.split(BEGIN)[0], readme.split(END)[1]];
  writeFileSync(README, `${head}${BEGIN}\n\n${block}\n\n${END}${tail}`);
};

if (import.meta.main) await main(process.argv.slice(2));
