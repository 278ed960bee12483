import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startOf } from '#cli/app/living.ts';
import { judge } from '#test/support/cli/judge.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { type PersonFolder, personFolder } from '../support/person-folder.ts';
import { payee } from '../support/requests.ts';
import { ranHere } from '../support/said.ts';

/** A co-signer's watch as a process, with that person's token alone, and a server and a command of theirs. */
const KEYTURN = fileURLToPath(new URL('../../../keyturn', import.meta.url));
const KEY = Buffer.alloc(32, 5);

interface Call {
  readonly id: string;
  readonly isOurs: boolean;
  readonly body: string;
}

let test: TestLab;
let place: PersonFolder;
let server: Server;
let url: string;
/** What the server answers next; 204 where nothing is left. */
const answers: number[] = [];
const calls: Call[] = [];

beforeAll(async () => {
  test = await startTestLab();
  place = personFolder(test, 'alice');
  writeFileSync(join(place.path, 'webhook.secret'), `whsec_${KEY.toString('base64')}\n`, { mode: 0o600 });
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('utf8');
      const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = request.headers;
      const digest = createHmac('sha256', KEY).update(`${id}.${seconds}.${body}`).digest('base64');
      const isFresh = Math.abs(Date.now() / 1000 - Number(seconds)) < 300;
      calls.push({ id: String(id), isOurs: isFresh && signature === `v1,${digest}`, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}, 90_000);
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  place.remove();
  await test.close();
}, 30_000);

const eventOf = (id: string): string => `lab-results/requests/${id}/request.json`;
const lineSchema = z.looseObject({ eventId: z.string() });

/** The command line as a process that goes on until it is interrupted. */
const startWatch = (...args: readonly string[]) => {
  const line = ['watch', '--as', 'alice', '--json', ...args];
  const child: ChildProcess = spawn(KEYTURN, line, {
    cwd: place.path,
    env: { ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout?.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (said.err += piece.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    events: () =>
      said.out
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => {
          judge('watch', text);
          return lineSchema.parse(JSON.parse(text)).eventId;
        }),
    said: () => said.err,
    interrupt: async (): Promise<number | null> => {
      child.kill('SIGINT');
      const code = await ended;
      ranHere(line, said.out, said.err);
      return code;
    },
  };
};

describe('keyturn watch, with the token of a co-signer alone', () => {
  it('posts what comes to a webhook, again where it said no, and after a restart only what is new', async () => {
    const first = await test.ask({ to: payee(71) });
    answers.push(503);
    const watch = startWatch('--webhook', url, '--secret', 'webhook.secret');
    await test.until('the second attempt', () => calls.length === 2);
    const second = await test.ask({ to: payee(72) });
    await test.until('the second request', () => calls.length === 3);
    expect(calls.map(({ id, isOurs }) => [id, isOurs])).toEqual([
      [eventOf(first), true],
      [eventOf(first), true],
      [eventOf(second), true],
    ]);
    await test.until('its line', () => watch.events().length === 2);
    expect(watch.events()).toEqual([eventOf(first), eventOf(second)]);
    expect(JSON.parse(calls[2]?.body ?? '')).toMatchObject({ as: 'alice', request: { id: second, mine: 'none' } });
    expect(watch.said()).toContain(`! ${first.slice(0, 8)} not handed over: ${new URL(url).origin} answered 503`);
    expect(watch.said()).not.toContain('/hook');
    const marks = join(place.path, '.keyturn', 'watch');
    await test.until('the marks', () => existsSync(marks));
    expect(await watch.interrupt()).toBe(130);

    const third = await test.ask({ to: payee(73) });
    const again = startWatch('--webhook', url, '--secret', 'webhook.secret');
    await test.until('the third request', () => calls.some(({ id }) => id === eventOf(third)));
    await test.until('its line', () => again.events().length > 0);
    expect(await again.interrupt()).toBe(130);
    // At least once: a mark may come too late, and the last answer counts.
    expect(again.events().at(-1)).toBe(eventOf(third));
    expect(calls.filter(({ id }) => id === eventOf(first))).toHaveLength(2);
    expect(calls.every(({ isOurs }) => isOurs)).toBe(true);
  }, 60_000);

  it('Ctrl-C ends a command that runs, and it is run again at the next start', async () => {
    const id = await test.ask({ to: payee(74) });
    const [pids, seen] = [join(place.path, 'pids'), join(place.path, 'seen')];
    const hangs = join(place.path, 'hangs.sh');
    writeFileSync(hangs, `#!/bin/sh\nsleep 600 &\necho "$$ $!" >> '${pids}'\nwait\n`, { mode: 0o755 });
    const watch = startWatch('--run', './hangs.sh', '--marks', 'marks');
    // Of four that wait, four are at work at a time.
    const begun = () => (existsSync(pids) ? readFileSync(pids, 'utf8').split(/\s+/).filter(Boolean).map(Number) : []);
    await test.until('four commands', () => begun().length === 8);
    expect(await watch.interrupt()).toBe(130);
    await test.until('their end', () => begun().every((pid) => startOf(pid) === undefined));
    writeFileSync(hangs, `#!/bin/sh\ncat >> '${seen}'\n`, { mode: 0o755 });
    const next = startWatch('--run', './hangs.sh', '--marks', 'marks', '--once');
    await test.until('the request', () => existsSync(seen) && readFileSync(seen, 'utf8').includes(eventOf(id)));
    await test.until('its lines', () => next.events().length === 4);
    await next.interrupt();
    expect(next.events()).toContain(eventOf(id));
  }, 60_000);
});
