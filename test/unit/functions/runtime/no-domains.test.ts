import domain from 'node:domain';
import type { Server } from 'node:http';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterEach, expect, test } from 'vitest';
import { noDomains } from '#functions/runtime/no-domains.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

const { create } = domain;
let server: Server | undefined;
afterEach(async () => {
  Object.assign(domain, { create });
  if (server !== undefined) await closeServer(server);
});

/** `process.domain` is what the framework's wrapper leaves where it makes a domain. */
test('a call under the framework runs in no domain, also after it waited, and is answered', async () => {
  noDomains();
  const found: unknown[] = [];
  const domainNow = (): unknown => Reflect.get(process, 'domain');
  http('none', async (_, response) => {
    found.push(domainNow());
    await new Promise((resolve) => setImmediate(resolve));
    found.push(domainNow());
    response.status(204).end();
  });
  server = getTestServer('none');
  const port = await listen(server);
  const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  expect(status).toBe(204);
  expect(found.map((each) => each ?? 'none')).toEqual(['none', 'none']);
});
