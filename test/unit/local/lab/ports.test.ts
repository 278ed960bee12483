import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { checkPorts, PORTS } from '#local/lab/ports.ts';
import { closers } from '#test/support/local/processes.ts';

const taken = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  closers.push(() => closeServer(server));
  return port;
};

describe('ports from --port-base on', () => {
  test.each([0, PORTS - 1])('one that is in use is named, and what to do: number %i of them', async (offset) => {
    const port = await taken();
    await expect(checkPorts(port - offset)).rejects.toMatchObject({
      code: 'PORT_UNUSABLE',
      field: 'port-base',
      message: expect.stringMatching(
        new RegExp(`^of ports ${port - offset} to ${port - offset + PORTS - 1}, .*port ${port} is in use`),
      ),
    });
  });

  test('that were looked at can be used', async () => {
    const server = createServer();
    const base = await listen(server);
    await closeServer(server);
    await checkPorts(base).then(
      async () => {
        const again = createServer();
        expect(await listen(again, base)).toBe(base);
        await closeServer(again);
      },
      // Somebody else of this machine may hold one of the other eight.
      (error: unknown) => expect(error).not.toMatchObject({ message: expect.stringContaining(`port ${base} is`) }),
    );
  });
});
