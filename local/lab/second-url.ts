import { createServer } from 'node:http';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

/**
 * Another url of the same node: where two urls must agree, the lab has but one node. What it forwards is a call of JSON-RPC; a node that
 * does not answer ends the connection.
 */
export const startSecondUrl = async (
  node: string,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(node, { method: 'POST', headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      request.socket.destroy();
    }
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => closeServer(server) };
};
