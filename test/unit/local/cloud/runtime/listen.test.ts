import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

test('an idle connection is kept for minutes, so that no call of a client meets its end', async () => {
  const server = createServer((_, response) => response.end('here'));
  const port = await listen(server);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.text()).toBe('here');
    expect(response.headers.get('keep-alive')).toBe('timeout=600');
  } finally {
    await closeServer(server);
  }
});
