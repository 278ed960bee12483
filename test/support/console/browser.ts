import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where Debian and its like put it. No browser is ever downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'];

const chosen = process.env.KEYTURN_CHROMIUM ?? PLACES.find((path) => existsSync(path));

export const hasBrowser = chosen !== undefined;
if (!hasBrowser)
  console.warn('SKIPPED: tests of the console’s page (Chromium is not installed: apt-get install chromium)');

/** For the title of a test that needs it. */
export const BROWSER = hasBrowser ? '' : ' (SKIPPED: Chromium is not installed)';

/** One for a whole file. As root it has no sandbox of its own, and it is shown our own pages alone. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(chosen === undefined ? {} : { executablePath: chosen }),
    // Letters without colours beside them: the same on each screen, and pictures half the size.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-lcd-text'],
  });

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** What axe finds against WCAG 2.2 A and AA and its own best practices, in words. It is run from outside, so the page's policy stays as it is. */
export const axeFindings = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: readonly Finding[];
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
  );
};

/** How much wider than the window the page is, in pixels. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
