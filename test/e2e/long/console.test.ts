import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SECRET_HEADER } from '#cli/console/api.ts';
import { pageHeaders, send } from '#test/support/cli/console.ts';
import { judge } from '#test/support/cli/judge.ts';
import { BROWSER, hasBrowser, openBrowser } from '#test/support/console/browser.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { type PersonFolder, personFolder } from '../support/person-folder.ts';
import { payee } from '../support/requests.ts';
import { ranHere } from '../support/said.ts';

/** The console as people use it: a process for each, with that person's token alone, and its page in a browser. */
const KEYTURN = fileURLToPath(new URL('../../../keyturn', import.meta.url));
const PEOPLE = ['alice', 'bob', 'finance'] as const;
type Person = (typeof PEOPLE)[number];

describe.skipIf(!hasBrowser)(`the console${BROWSER}`, () => {
  let lab: TestLab;
  let browser: Browser;
  const places = new Map<Person, PersonFolder>();
  const ending: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    lab = await startTestLab();
    for (const person of PEOPLE) places.set(person, personFolder(lab, person));
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    for (const end of ending) await end();
    for (const place of places.values()) place.remove();
    await lab?.close();
  }, 60_000);

  const start = async (person: Person) => {
    const place = places.get(person);
    const line = ['console', '--json', ...(person === 'finance' ? [] : ['--as', person])];
    const child = spawn(KEYTURN, line, { cwd: place?.path, env: { ...place?.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
    const closed = once(child, 'close');
    const end = async (signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> => {
      child.kill(signal);
      const [code] = await closed;
      ranHere(line, said.out, said.err);
      return code;
    };
    ending.push(async () => child.exitCode === null && child.signalCode === null && end('SIGKILL'));
    await lab.until('its link', () => said.out.includes('\n') || child.exitCode !== null);
    judge('console', said.out);
    const { url } = z.object({ url: z.url() }).parse(JSON.parse(said.out));
    return { url, host: new URL(url).host, port: Number(new URL(url).port), end };
  };

  const visit = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    return page;
  };
  const open = async (url: string): Promise<Page> => {
    const page = await visit(url);
    await page.waitForSelector('h1');
    return page;
  };
  const read = async (page: Page, id: string): Promise<void> => {
    await page.evaluate(`location.hash = '#/request/${id}'`);
    await page.waitForSelector('.panel #approve');
  };
  const approve = async (page: Page, id: string, person: Person): Promise<void> => {
    await read(page, id);
    if ((await page.locator('#show-recipient').count()) > 0) await page.click('#show-recipient');
    await page.click('#approve:not([aria-disabled])');
    await page.getByText(`Approved by ${person}`).first().waitFor();
  };

  test('both approve on a page of their own, and finance sees the receipt', async () => {
    const id = await lab.ask({ to: payee(81), reference: 'console-81' });
    const [alice, bob] = [await start('alice'), await start('bob')];
    const [hers, his] = [await open(alice.url), await open(bob.url)];
    await approve(hers, id, 'alice');
    await approve(his, id, 'bob');
    expect(await lab.outcome(id)).toMatchObject({ outcome: 'finalized' });
    // Nobody touched her page: it heard of it.
    await hers.getByText('finalized').first().waitFor();
    const finance = await open((await start('finance')).url);
    await finance.evaluate(`location.hash = '#/receipts'`);
    await finance.getByText('console-81').first().waitFor();
    expect(await alice.end('SIGINT')).toBe(130);
    await hers.getByText('The console has ended').waitFor();
  }, 120_000);

  test('bob rejects on his page, and alice can approve it no more', async () => {
    const id = await lab.ask({ to: payee(82) });
    const [hers, his] = [await open((await start('alice')).url), await open((await start('bob')).url)];
    await read(hers, id);
    await read(his, id);
    await his.click('#reject');
    await his.fill('#reason', 'not our supplier');
    await his.click('button[type=submit].reject');
    await his.getByText('Rejected by bob').first().waitFor();
    expect(await lab.outcome(id)).toMatchObject({ outcome: 'rejected' });
    await hers.getByText('rejected').first().waitFor();
    await lab.until(
      'nothing to press',
      async () => (await hers.locator('#approve:not([aria-disabled])').count()) === 0,
    );
    expect(lab.list('results', `requests/${id}/approved.json`)).toEqual([]);
  }, 120_000);

  test('threat 103: in a real browser another origin and a rebound host get nothing', async () => {
    const id = await lab.ask({ to: payee(83) });
    const { url, port, host } = await start('alice');
    const hers = await open(url);
    await read(hers, id);
    const evil = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title><body>');
    });
    await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
    ending.push(() => new Promise((closed) => evil.close(closed)));
    const other = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
    const attack = `(async () => {
      const at = 'http://${host}';
      const outcome = (work) => work.then((answer) => answer.type + ' ' + answer.status, () => 'refused');
      const body = JSON.stringify({ id: '${id}' });
      const load = (tag, name, more) => new Promise((tell) => {
        const one = Object.assign(document.createElement(tag), more, { [name]: at + '/app.js' });
        one.onload = () => tell('loaded');
        one.onerror = () => tell('refused');
        document.body.append(one);
      });
      const frame = Object.assign(document.createElement('iframe'), { src: at + '/' });
      document.body.append(frame);
      return {
        json: await outcome(fetch(at + '/api/request', { method: 'POST', body, headers: { 'content-type': 'application/json' } })),
        simple: await outcome(fetch(at + '/api/approve', { method: 'POST', body, mode: 'cors' })),
        page: await outcome(fetch(at + '/')),
        script: await load('script', 'src', {}),
        style: await load('link', 'href', { rel: 'stylesheet' }),
        inFrame: (() => { try { return String(frame.contentDocument); } catch { return 'refused'; } })(),
      };
    })()`;
    // Another port of this very address is the same site, and another origin; *.localhost leads here as a rebound name would.
    for (const from of [other, other.replace('127.0.0.1', 'evil.localhost')]) {
      const page = await visit(from);
      expect(await page.evaluate(attack), from).toMatchObject({
        ...{ json: 'refused', simple: 'refused', page: 'refused', script: 'refused', style: 'refused' },
      });
    }
    const rebound = await (await browser.newContext()).newPage();
    const answer = await rebound.goto(`http://evil.localhost:${port}/`);
    expect(answer?.status()).toBe(421);
    expect(await rebound.locator('script').count()).toBe(0);
    // Her own page works on, and nothing was done in her name.
    expect(lab.list('keys', `alice/shares/${id}`)).toEqual([]);
    await approve(hers, id, 'alice');
  }, 120_000);

  test('threat 104: who takes the port of a killed console hears a secret that opens nothing', async () => {
    const killed = await start('alice');
    const page = await open(killed.url);
    await page.waitForSelector('main');
    await killed.end('SIGKILL');
    const heard: string[] = [];
    const thief: Server = createServer((request, response) => {
      heard.push(String(request.headers[SECRET_HEADER] ?? ''));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true,"share":"give it to me"}');
    });
    await new Promise<void>((listening) => thief.listen(killed.port, '127.0.0.1', listening));
    ending.push(() => new Promise((closed) => thief.close(closed)));
    await lab.until('the page asks for its events again', () => heard.length > 0);
    const [secret = ''] = heard;
    expect(secret).toMatch(/^[\w-]{43}$/);
    const { port, host } = await start('alice');
    const headers = { ...pageHeaders(host), [SECRET_HEADER]: secret };
    const answer = await send(port, { method: 'POST', path: '/api/queue', headers, body: '{"page":0}' });
    expect(answer.status).toBe(401);
    thief.closeAllConnections();
  }, 120_000);
});
