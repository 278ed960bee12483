import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type PageFiles, readPage } from '#cli/console/files.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { startConsole, type TestConsole, type TestConsoleOptions } from '#test/support/cli/console.ts';
import { type CliHarness, idOf, requestOf, shareLine } from '#test/support/cli/people.ts';
import { BROWSER, hasBrowser, openBrowser } from '#test/support/console/browser.ts';
import { buildConsole } from '../../../build/console.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const ID = idOf(requestOf());

/** The page in a browser before the console's own process, over ports of memory: what it refuses, and what the page says then. */
describe.skipIf(!hasBrowser)(`the console and its page${BROWSER}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-answers-'));
  const running: TestConsole[] = [];
  let browser: Browser;
  let files: PageFiles;

  beforeAll(async () => {
    await buildConsole(ROOT, folder);
    [files, browser] = await Promise.all([readPage(join(folder, 'console')), openBrowser()]);
  }, 60_000);
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const one of running.splice(0)) await one.end();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shareFile = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  };
  const begin = async (
    over: TestConsoleOptions = {},
    before: (stage: CliHarness) => void = (stage) => void stage.accept(requestOf()),
  ): Promise<TestConsole> => {
    const one = await startConsole({ lab: undefined, files, share: shareFile('alice', shareLine(1)), ...over }, before);
    running.push(one);
    return one;
  };
  const open = async ({ host, codes }: TestConsole): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`http://${host}/#code=${codes().at(-1)}`);
    await page.waitForSelector('.requests');
    return page;
  };
  const read = async (page: Page): Promise<void> => {
    await page.evaluate(`location.hash = '#/request/${ID}'`);
    await page.waitForSelector('.panel .tally');
  };
  const approve = async (page: Page): Promise<void> => {
    await read(page);
    await page.locator('.recipient').scrollIntoViewIfNeeded();
    await page.click('#approve:not([aria-disabled])');
  };
  const uploads = ({ stage }: TestConsole): readonly string[] =>
    stage.storage.paths.filter((path) => path.startsWith('lab-keys/'));

  test('a good share is uploaded for this id alone, and never came to the browser', async () => {
    const one = await begin();
    const page = await open(one);
    const bodies: string[] = [];
    page.on('response', async (response) => bodies.push(await response.text().catch(() => '')));
    page.on('request', (request) => bodies.push(request.postData() ?? ''));
    await approve(page);
    await page.getByText('Approved by alice').waitFor();
    expect(uploads(one)).toEqual([`lab-keys/alice/shares/${ID}`]);
    const share = Buffer.from(shareLine(1)).toString('utf8').trim();
    expect(bodies.join('\n')).not.toContain(share.split(/[-:/ ]/).at(-1));
    expect(await page.content()).not.toContain(share.split(/[-:/ ]/).at(-1));
  });

  test.each([
    ['a share of another holder', () => shareLine(2), /SHARE_|share/],
    ['a share that does not fit the commitments', () => shareLine(2, { as: 1 }), /share/],
    ['what is no share', () => Buffer.from('no share at all'), /share/],
  ])('%s is refused in words, nothing is uploaded, and one may try again', async (_, bytes, words) => {
    const one = await begin({ share: shareFile('wrong', bytes()) });
    const page = await open(one);
    await approve(page);
    await page.getByText('Not approved.').waitFor();
    expect(await page.locator('#outcome').textContent()).toMatch(words);
    expect(uploads(one)).toEqual([]);
    writeFileSync(join(folder, 'wrong'), shareLine(1));
    await page.click('#approve:not([aria-disabled])');
    await page.getByText('Approved by alice').waitFor();
  });

  test('one whose time ends while it is read can be approved no more', async () => {
    const one = await begin();
    const page = await open(one);
    await read(page);
    await page.locator('.recipient').scrollIntoViewIfNeeded();
    await page.waitForSelector('#approve:not([aria-disabled])');
    one.clock.advance(3_600_000);
    await page.click('#approve');
    await page.getByText('Not approved.').waitFor();
    expect(await page.locator('#outcome').textContent()).toMatch(/EXPIRED|NOT_SHOWN/);
    await page.waitForSelector('#approve[aria-disabled]');
    expect(uploads(one)).toEqual([]);
  });

  test('a copy of the tab has no key, the tab itself goes on, and once it is closed another link is printed', async () => {
    const one = await begin();
    const first = await open(one);
    await read(first);
    // The link of before opens nothing a second time.
    const copy = await (await browser.newContext()).newPage();
    await copy.goto(`http://${one.host}/#code=${one.codes().at(-1)}`);
    await copy.getByText('This page has no key').waitFor();
    await approve(first);
    await first.getByText('Approved by alice').waitFor();
    await first.close();
    // Once nobody looks, another link is printed, and opens a page.
    const links = (): number => {
      one.clock.advance(5000);
      return one.codes().length;
    };
    await expect.poll(links, { timeout: 20_000 }).toBe(2);
    await open(one);
  });

  test('a cloud that is down is said, nothing can be answered, and its return is said too', async () => {
    let isDown = false;
    const one = await begin({}, (stage) => {
      stage.accept(requestOf());
      const list = stage.storage.list.bind(stage.storage);
      stage.storage.list = async (...asked) => {
        if (isDown) throw new KeyturnError('UNAVAILABLE', 'the cloud does not answer');
        return list(...asked);
      };
    });
    const page = await open(one);
    await read(page);
    await page.locator('.recipient').scrollIntoViewIfNeeded();
    await page.waitForSelector('#approve:not([aria-disabled])');
    isDown = true;
    one.clock.advance(60_000);
    await page.getByText('The cloud does not answer (UNAVAILABLE)').waitFor();
    await page.waitForSelector('#approve[aria-disabled]');
    isDown = false;
    one.clock.advance(60_000);
    await page.locator('.connection .notice').waitFor({ state: 'detached' });
    await approve(page);
    await page.getByText('Approved by alice').waitFor();
    expect(uploads(one)).toEqual([`lab-keys/alice/shares/${ID}`]);
  });

  test('a console that ends is said to have ended, and the page asks its port for nothing more', async () => {
    const one = await begin();
    const page = await open(one);
    await read(page);
    const asked: string[] = [];
    running.splice(running.indexOf(one), 1);
    await one.end();
    await page.getByText('The console has ended').waitFor();
    page.on('request', (request) => asked.push(request.url()));
    await page.evaluate(`location.hash = '#/queue'`);
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 2500))');
    expect(asked).toEqual([]);
  });
});
