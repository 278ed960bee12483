import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FunctionHost } from '#local/cloud/processes/functions.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

/** A function that answers when its gate opens, drained as ours are, under the unmodified functions-framework. */
const source = (gate: string): string => `
import { http } from ${JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('@google-cloud/functions-framework')).href)};
import { drainer, listenerOf } from ${JSON.stringify(new URL('../../functions/runtime/drain.ts', import.meta.url).href)};
const inFlight = drainer(process, (ms, run) => setTimeout(run, ms));
const slow = async (response) => {
  setImmediate(() => process.prependOnceListener('SIGTERM', () => console.log('told to end')));
  await fetch(${JSON.stringify(gate)});
  response.status(204).end();
};
http('slow', (request, response) => inFlight(slow(response), response, listenerOf(request.socket)));
`;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-drain-'));
const waiting: ServerResponse[] = [];
const both = Promise.withResolvers<void>();
const gate = createServer((_, response) => {
  waiting.push(response);
  if (waiting.length === 2) both.resolve();
});
const told = Promise.withResolvers<void>();
const ended = Promise.withResolvers<string>();
let host: FunctionHost;

const heard = (line: string): void => {
  if (line === 'told to end') told.resolve();
  if (/^ended with code/.test(line)) ended.resolve(line);
};

beforeAll(async () => {
  const port = await listen(gate);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'index.mjs' }));
  writeFileSync(join(folder, 'index.mjs'), source(`http://127.0.0.1:${port}/`));
  host = new FunctionHost({ name: 'slow', folder, target: 'slow', env: {} }, { onLine: heard, backoffMs: 600_000 });
  await host.start();
});
afterAll(async () => {
  await host.stop();
  await closeServer(gate);
  rmSync(folder, { recursive: true, force: true });
});

it('a call that is in flight at SIGTERM is answered, and then the function ends with 0', async () => {
  const calls = [0, 1].map(() => fetch(`http://127.0.0.1:${host.port}/`, { method: 'POST', body: '{}' }));
  await both.promise;
  process.kill(host.pid ?? Number.NaN, 'SIGTERM');
  await told.promise;
  for (const response of waiting) response.end();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([204, 204]);
  expect(await ended.promise).toMatch(/^ended with code 0;/);
});
