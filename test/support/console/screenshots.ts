import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasBrowser, openBrowser } from './browser.ts';
import { FixtureServer } from './fixture-server.ts';
import { SAMPLES, sampleOf } from './samples.ts';

/**
 * The pictures of README and docs, made of the page that is built here: `npm run screenshots`. What is on them is made up, and the same each time.
 * Letters are drawn as the machine's fonts have them, so only a person compares them.
 */
const FOLDER = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
/** Readers load them with a page. */
const MOST_BYTES = 150_000;

const [first = ''] = SAMPLES.map((options) => sampleOf(options).shown.id);

const VIEWS = [
  { name: 'queue', fragment: '#/queue', until: '.requests', height: 640 },
  { name: 'request', fragment: `#/request/${first}`, until: '.two', height: 860 },
  { name: 'receipts', fragment: '#/receipts', until: 'table.receipts', height: 860 },
];

const shoot = async (): Promise<void> => {
  mkdirSync(FOLDER, { recursive: true });
  const [server, browser] = await Promise.all([FixtureServer.start(), openBrowser()]);
  try {
    const context = await browser.newContext({
      colorScheme: 'light',
      locale: 'en-GB',
      timezoneId: 'UTC',
      viewport: { width: 1160, height: 860 },
    });
    const page = await context.newPage();
    await page.goto(server.link());
    for (const { name, fragment, until, height } of VIEWS) {
      await page.setViewportSize({ width: 1160, height });
      await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
      await page.waitForSelector(until);
      const path = `${FOLDER}console-${name}.png`;
      await page.screenshot({ path });
      const { size } = statSync(path);
      if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`);
      process.stdout.write(`docs/images/console-${name}.png ${size} bytes\n`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
};

if (hasBrowser) await shoot();
else process.exitCode = 1;
