import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RequestAnswer } from '#cli/console/api.ts';
import { HOLD_MS } from '#cli/console/page/hold.ts';
import { timeText } from '#schemas/spellings.ts';
import { axeFindings, BROWSER, hasBrowser, openBrowser, overflowOf } from '#test/support/console/browser.ts';
import { FixtureServer, refusal } from '#test/support/console/fixture-server.ts';
import { NOW, SAMPLES, sampleOf, TWIN } from '#test/support/console/samples.ts';

/** The page in a browser, before a process that speaks as the console does. What the console's process checks is in console.test.ts. */
describe.skipIf(!hasBrowser)(`the console's page${BROWSER}`, () => {
  let browser: Browser;
  let server: FixtureServer;
  let context: BrowserContext;
  let page: Page;
  const said: string[] = [];

  const [critical, calm] = SAMPLES.map(sampleOf) as [RequestAnswer, RequestAnswer];

  const show = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    context = await browser.newContext({
      viewport: { width: 1200, height: 800 },
      locale: 'en-GB',
      timezoneId: 'Asia/Tokyo',
      ...options,
    });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => said.push(message.text()));
    await page.goto(server.link());
    await page.waitForSelector('h1');
    return page;
  };
  const go = async (fragment: string, selector: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
    await page.waitForSelector(selector);
  };
  const read = (answer: RequestAnswer): Promise<void> => go(`#/request/${answer.shown.id}`, `.panel #approve`);
  const sent = (name: string) => server.calls.filter((call) => call.name === name).map(({ body }) => body);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    server = await FixtureServer.start();
    said.length = 0;
  });
  afterEach(async () => {
    await context?.close();
    await server.close();
    // A policy that is broken is told there, and so is what nobody caught.
    expect(said.filter((text) => !text.includes('Failed to load resource') && !text.includes('net::ERR_'))).toEqual([]);
  });
  afterAll(() => browser?.close());

  test('the code is gone from address and history at once, and nothing is kept', async () => {
    await show();
    await page.waitForSelector('.requests');
    expect(page.url()).toBe(`${server.origin}/#/queue`);
    expect(await page.evaluate('history.length')).toBe(2);
    expect(await page.evaluate('JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])')).toBe(
      '[0,0,""]',
    );
    expect(await context.cookies()).toEqual([]);
    await page.reload();
    await page.getByText('This page has no key').waitFor();
    expect(await page.locator('.requests').count()).toBe(0);
  });

  test('a later page ends the earlier one, which says so', async () => {
    await show();
    const first = page;
    const second = await context.newPage();
    await second.goto(server.link());
    await second.waitForSelector('.requests');
    await first.getByText('This page has no key').waitFor();
    expect(await first.getByText('not the one that was opened last').count()).toBe(1);
  });

  describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
    test('axe finds nothing on any view, and would find what is wrong', async () => {
      await show({ colorScheme });
      await page.waitForSelector('.requests');
      expect(await axeFindings(page)).toEqual([]);
      for (const [fragment, selector] of [
        [`#/request/${critical.shown.id}`, '#approve'],
        ['#/receipts', 'table.receipts'],
        ['#/wallets', '.wallet'],
      ] as const) {
        await go(fragment, selector);
        expect(await axeFindings(page), fragment).toEqual([]);
      }
      await read(calm);
      await page.click('#reject');
      expect(await axeFindings(page), 'the form of a rejection').toEqual([]);
      server.tell({ kind: 'cloud', at: timeText(NOW), state: 'down', code: 'UNAVAILABLE' });
      await page.waitForSelector('.connection .notice');
      expect(await axeFindings(page), 'the cloud is down').toEqual([]);
      await page.evaluate('document.querySelector("main").append(document.createElement("button"))');
      expect((await axeFindings(page)).join()).toContain('button-name');
    });
  });

  test.each([
    ['a phone', { width: 360, height: 740 }],
    // What is left of a window of 1280 pixels at 200 %.
    ['200 % zoom', { width: 640, height: 400 }],
  ])('%s has no sideways scroll on any view', async (_, viewport) => {
    await show({ viewport });
    await page.waitForSelector('.requests');
    expect(await overflowOf(page)).toBe(0);
    for (const [fragment, selector] of [
      [`#/request/${critical.shown.id}`, '#approve'],
      ['#/receipts', 'table.receipts'],
      ['#/wallets', '.wallet'],
    ] as const) {
      await go(fragment, selector);
      expect(await overflowOf(page), fragment).toBe(0);
    }
  });

  test('of a thousand open ones at most 60 rows are there, and the keyboard reaches the last', async () => {
    for (let n = server.requests.size; n < 1000; n++) {
      const id = n.toString(16).padStart(64, '0');
      server.put({ ...calm, shown: { ...calm.shown, id } });
    }
    await show();
    await page.getByText('1000 requests are open').waitFor();
    const rows = page.locator('li.request');
    expect(await rows.count()).toBe(60);
    const seen = new Set<string>();
    for (let n = 0; n < 17; n++) {
      const shown = `[...document.querySelectorAll('li.request')].map(({ dataset }) => dataset.id)`;
      for (const id of (await page.evaluate(shown)) as string[]) seen.add(id);
      expect(await rows.count()).toBeLessThanOrEqual(60);
      if (n === 16) break;
      const last = (await rows.last().getAttribute('data-id')) ?? '';
      await page.getByRole('link', { name: 'Next page' }).press('Enter');
      await page.locator(`[data-id="${last}"]`).waitFor({ state: 'detached' });
      await rows.first().waitFor();
    }
    expect(seen.size).toBe(1000);
    expect(await page.getByRole('link', { name: 'Next page' }).count()).toBe(0);
  });

  test('a critical one: unseen, then seen, held too short, held long enough', async () => {
    await show({ viewport: { width: 900, height: 420 } });
    await read(critical);
    const approve = page.locator('#approve');
    expect(await approve.getAttribute('aria-disabled')).toBe('true');
    await approve.click({ delay: HOLD_MS + 300, force: true });
    expect(sent('approve')).toEqual([]);
    await page.click('#show-recipient');
    await page.waitForSelector('#approve:not([aria-disabled])');
    expect(await page.locator('.recipient').textContent()).toContain(TWIN);
    await approve.click({ delay: 300 });
    await page.getByText('Let go too early').waitFor();
    expect(sent('approve')).toEqual([]);
    await approve.click({ delay: HOLD_MS + 300 });
    await page.getByText('Approved by alice').waitFor();
    const { id } = critical.shown;
    expect(sent('approve')).toEqual([
      { id, rendering: critical.rendering, coSigner: 'alice', recipientSeen: true, held: true },
    ]);
    expect(await page.evaluate('document.activeElement.id')).toBe('outcome');
  });

  test('the keyboard alone opens, reads and approves', async () => {
    await show();
    await page.waitForSelector('.requests');
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.className + "#" + document.activeElement.id');
    const tabTo = async (end: string): Promise<void> => {
      for (let n = 0; n < 30 && !(await focused()).endsWith(end); n++) await page.keyboard.press('Tab');
    };
    await tabTo('asks#');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#show-recipient');
    expect(await focused()).toBe('#heading');
    await tabTo('#show-recipient');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#approve:not([aria-disabled])');
    expect(await focused()).toBe('part who#who');
    await tabTo('#approve');
    await page.keyboard.press(' ', { delay: 200 });
    await page.getByText('Let go too early').waitFor();
    expect(sent('approve')).toEqual([]);
    await page.keyboard.press(' ', { delay: HOLD_MS + 300 });
    await page.getByText('Approved by alice').waitFor();
    expect(sent('approve')).toHaveLength(1);
  });

  test('whoever cannot hold is told so, and types digits of the id', async () => {
    await show();
    await read(critical);
    await page.click('#show-recipient');
    await page.waitForSelector('#approve:not([aria-disabled])');
    // As a screen reader clicks: without a pointer and without a key.
    await page.evaluate('document.getElementById("approve").click()');
    await page.getByText('If you cannot hold it').waitFor();
    await page.getByText('I cannot hold a button').click();
    await page.fill('#digits', '0000');
    await page.locator('.digits button').click();
    await page.getByText('These are not its first digits').waitFor();
    expect(sent('approve')).toEqual([]);
    await page.fill('#digits', critical.shown.id.slice(0, 4));
    await page.keyboard.press('Enter');
    await page.getByText('Approved by alice').waitFor();
    expect(sent('approve')).toHaveLength(1);
  });

  test('what others answer comes by itself, and leaves the focus and what is typed', async () => {
    await show();
    await read(calm);
    await page.click('#reject');
    await page.fill('#reason', 'not our suppl');
    server.vote(calm.shown.id, 'bob', 'approved');
    await page.getByText('2 of 2').first().waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('reason');
    await page.keyboard.type('ier');
    await page.getByRole('button', { name: 'Reject as alice, for good' }).click();
    await page.getByText('Rejected by alice').waitFor();
    expect(sent('reject')).toEqual([
      { id: calm.shown.id, rendering: calm.rendering, coSigner: 'alice', reason: 'not our supplier' },
    ]);
  });

  test('another rendering must be seen anew, and a refusal is told in words', async () => {
    await show({ viewport: { width: 900, height: 420 } });
    await read(calm);
    await page.locator('#approve').scrollIntoViewIfNeeded();
    await page.click('#show-recipient');
    await page.waitForSelector('#approve:not([aria-disabled])');
    await page.locator('#approve').scrollIntoViewIfNeeded();
    server.put({ ...calm, rendering: 'another', waits: { code: 'X', sentence: 'It waits for something else.' } });
    server.tell({ kind: 'request', at: timeText(NOW), id: calm.shown.id, change: 'changed', outcome: null });
    await page.getByText('It waits for something else').waitFor();
    await page.getByText('Read it again before you answer').first().waitFor();
    expect(await page.locator('#approve').getAttribute('aria-disabled')).toBe('true');
    await page.click('#show-recipient');
    await page.waitForSelector('#approve:not([aria-disabled])');
    server.refused.set('approve', refusal('SHARE_WRONG', 'the share is not the one of alice'));
    await page.click('#approve');
    await page.getByText('Not approved.').waitFor();
    expect(await page.locator('#outcome').textContent()).toContain('the share is not the one of alice');
  });

  test('a cloud that is down, and a process that is gone, are said plainly, and nothing can be answered', async () => {
    await show();
    await read(calm);
    await page.waitForSelector('#approve:not([aria-disabled])');
    server.tell({ kind: 'cloud', at: timeText(NOW), state: 'down', code: 'UNAVAILABLE' });
    await page.getByText('The cloud does not answer (UNAVAILABLE)').waitFor();
    await page.waitForSelector('#approve[aria-disabled]');
    server.tell({ kind: 'cloud', at: timeText(NOW), state: 'back', code: '' });
    await page.waitForSelector('#approve:not([aria-disabled])');
    server.cut();
    await page.getByText('The console’s process does not answer. What you see').waitFor();
    // It comes back by itself.
    await page.waitForSelector('#approve:not([aria-disabled])');
    server.tell({ kind: 'bye', at: timeText(NOW) });
    await page.getByText('The console has ended').waitFor();
    const before = server.calls.length;
    await page.evaluate('location.hash = "#/receipts"');
    await page.getByText('The console has ended').waitFor();
    expect(server.calls.length).toBe(before);
  });

  test('hostile text is text: no markup, no link, no direction of it reaches the page', async () => {
    const text = '<img src=x onerror=alert(1)><script>alert(2)</script> javascript:alert(3) \\u{202e}0x';
    const lines = calm.shown.lines.map((line) =>
      line.label === 'memo' || line.kind === 'about' ? { ...line, text } : line,
    );
    server.put({
      ...calm,
      shown: { ...calm.shown, lines },
      warnings: [{ critical: true, text, detail: [text] }],
      timeline: [{ at: timeText(NOW), what: text, detail: text }],
      waits: { code: 'X', sentence: text },
    });
    await show();
    await read(calm);
    expect(await page.locator('main img, main script, main iframe').count()).toBe(0);
    expect(await page.locator('main').textContent()).toContain(text);
    expect(await page.locator('.warnings p').first().textContent()).toBe(text);
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
  });

  test('receipts are filtered, link to explorers without a trace, and times are local with UTC beside them', async () => {
    await show();
    await go('#/receipts', 'table.receipts');
    const link = page.locator('a.explorer').first();
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    const times = page.locator('td.when time');
    // 17:00 UTC of the day before, and 22:00 of the one before that. Tokyo is nine hours ahead, so the first is of today there.
    expect((await times.allTextContents()).slice(0, 2)).toEqual(['02:00:00', '28 Feb 2026, 07:00:00']);
    expect(await times.first().getAttribute('title')).toBe('2026-02-28 17:00:00 UTC');
    await page.fill('#filter-reference', 'rent-2026-02');
    await page.keyboard.press('Enter');
    await page.getByText('1 receipt.').waitFor();
    expect(sent('receipts').at(-1)).toEqual({ reference: 'rent-2026-02', page: 0 });
    expect(await page.locator('table.receipts tbody tr').count()).toBe(1);
    expect(await page.locator('.totals').textContent()).toContain('1.25 ETH left');
  });

  test('a copied address has no gaps', async () => {
    await show();
    await read(critical);
    expect(await page.locator('.recipient .hex').first().textContent()).toBe(TWIN);
  });
});
