import { readFileSync, writeFileSync } from 'node:fs';
import { type Counted, countedSchema, historyOf, idleMonth, sum, thousandOf } from './cost/estimate.ts';
import { ASSUMED, PRICES, READ_ON } from './cost/prices.ts';
import { callsOf, historyCalls, idleCalls, SCENARIOS } from './cost/scenario.ts';
import { README } from './grants.ts';
import { ROOT } from './used-types.ts';

/**
 * The cost block of terraform/README.md, from counted calls. To count again and write both: `npx node test/terraform/cost.ts --count`; the block
 * alone: `npx node test/terraform/cost.ts --write`.
 */
export const COUNTED_FILE = `${ROOT}test/bench/counted.json`;
const BEGIN = '<!-- BEGIN cost -->';
const END = '<!-- END cost -->';

export const readCounted = (): Counted => countedSchema.parse(JSON.parse(readFileSync(COUNTED_FILE, 'utf8')));

/** What is counted, in this order. Takes a minute. */
export const countAll = async (on: string): Promise<Counted> => {
  const scenarios = [];
  for (const one of SCENARIOS) scenarios.push({ ...one, calls: await callsOf(one) });
  return { on, scenarios, idleTick: await idleCalls(1), history: await historyCalls() };
};

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

const table = (lines: readonly (readonly string[])[]): string =>
  lines
    .flatMap((cells, n) => [
      `| ${cells.join(' | ')} |`,
      ...(n === 0 ? [`| ${cells.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`] : []),
    ])
    .join('\n');

/** What stands between the marks. Throws on a counted call without a price. */
export const costText = (counted: Counted): string => {
  const { scenarios } = counted;
  const of = (waits: number, perBoot: number) => {
    const found = scenarios.find((one) => one.waits === waits && one.perBoot === perBoot);
    if (found === undefined) throw new Error(`nothing was counted for ${waits} minutes at ${perBoot} a boot`);
    return thousandOf(found);
  };
  const sizes = [...new Set(scenarios.map(({ perBoot }) => perBoot))].toSorted((a, b) => b - a);
  const waits = [...new Set(scenarios.map(({ waits: each }) => each))].toSorted((a, b) => a - b);
  const [many = 1] = sizes;
  const alone = of(0, 1);
  const lines = of(0, many).map(({ item, quantity, price, dollars: cost }, n) => {
    const { dollars: asked, unit, read } = PRICES[price];
    return [
      item,
      amount(quantity),
      amount(alone[n]?.quantity ?? 0),
      `$${asked} per ${unit}${read ? '' : ' (not verified)'}`,
      dollars(cost),
      dollars(alone[n]?.dollars ?? 0),
    ];
  });
  const words = (minutes: number) =>
    scenarios.find(({ waits: each }) => each === minutes)?.name.replace(/,.*/, '') ?? '';
  const pages = [...new Set(Object.values(PRICES).map(({ page }) => `<https://${page}>`))].sort();
  return [
    `Calls as they were counted on ${counted.on}, over ports in memory at the cloud's cadence: a tick a minute, a look every 15 s. 2 of 2 approvals at once.`,
    table([
      ['per 1,000 transactions', `at ${many} a boot`, 'at 1 a boot', 'price', `at ${many} a boot`, 'at 1 a boot'],
      ...lines,
      ['**sum**', '', '', '', `**${dollars(sum(of(0, many)))}**`, `**${dollars(sum(alone))}**`],
    ]),
    'The same sum by how long co-signers take, and by how many transactions one machine signs:',
    table([
      ['co-signers answer', ...sizes.map((size) => `at ${size} a boot`)],
      ...waits.map((minutes) => [words(minutes), ...sizes.map((size) => dollars(sum(of(minutes, size))))]),
    ]),
    [
      `Ticks cost ${dollars(sum(idleMonth(counted)))} in 30 days, whether or not anybody asks for anything.`,
      `With ${counted.history.transactions.toLocaleString('en-US')} transactions behind it, in the time that a machine looks back, each boot reads ${dollars(sum(historyOf(counted)))} more.`,
    ].join(' '),
    `Prices of us-central1, without free allotments, as read on ${READ_ON} in copies of ${pages.join(', ')}. What one minute of a confidential VM costs could not be verified: ${PRICES.machine.dollars} is an estimate for n2d-standard-2 with the surcharge.`,
    [
      'Assumed, not counted:',
      `${ASSUMED.messageBytes / 1000} kB a message and ${ASSUMED.pullsPerPublish} pulls of each published one.`,
      `A call of a function takes ${ASSUMED.functionSeconds} s with ${ASSUMED.functionGib} GiB, and launch waits ${ASSUMED.launchSeconds} s for each boot.`,
      `A machine runs ${ASSUMED.minutesPerBoot} minutes a boot, and ${60 * ASSUMED.minutesPerRequest} s more for each transaction.`,
      `Logs take ${ASSUMED.logBytesPerRequest / 1000} kB a request and ${ASSUMED.logBytesPerBoot / 1000} kB a boot.`,
      'Events are signed only where the law names event keys.',
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
    const counted = await countAll(new Date().toISOString().slice(0, 10));
    writeFileSync(COUNTED_FILE, `${JSON.stringify(counted, null, 2)}\n`);
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
