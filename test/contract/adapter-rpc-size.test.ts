import { createServer, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ChainNode } from '#adapters/chain/node.ts';
import { MAX_ANSWER_BYTES } from '#adapters/chain/rpc-http.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { eagerly, failureOf } from './adapter-kit.ts';

const call = z.object({ id: z.number(), method: z.string() });
const servers: Server[] = [];
const nodes: ChainNode[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) node.close();
});
afterAll(() => Promise.all(servers.map(closeServer)));

/** A url that proves to be of chain 1, and then answers as `answer` writes. Whether its last answer was cut off by the client is told. */
const urlThat = async (
  answer: (response: ServerResponse, id: number) => void,
  seen: (headers: object) => void = () => {},
) => {
  const cut: (() => void)[] = [];
  const wasCut = new Promise<void>((resolve) => cut.push(resolve));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    seen(request.headers);
    const { id, method } = call.parse(JSON.parse(Buffer.concat(chunks).toString()));
    if (method === 'eth_chainId') return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x1' }));
    response.on('close', () => {
      if (!response.writableFinished) for (const resolve of cut) resolve();
    });
    return answer(response, id);
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${await listen(server)}/key-abcdef`, wasCut };
};
const nodeAt = (url: string, limitMs?: number): ChainNode => {
  const node = new ChainNode(
    { chainId: '1', place: 1, url, ...(limitMs === undefined ? {} : { timeoutMs: limitMs }) },
    eagerly,
  );
  nodes.push(node);
  return node;
};
const ask = (url: string, limitMs?: number) => nodeAt(url, limitMs).ask('eth_gasPrice', [], z.string());
const resultOf = (id: number, bytes: number) => {
  const frame = JSON.stringify({ jsonrpc: '2.0', id, result: '' }).length;
  return JSON.stringify({ jsonrpc: '2.0', id, result: 'a'.repeat(bytes - frame) });
};
const UNREACHABLE = {
  code: 'UNAVAILABLE',
  field: 'unreachable',
  message: 'rpc: eth_gasPrice chain 1 at url 1: unreachable',
};

describe('an answer', () => {
  it('of the largest size is taken', async () => {
    const { url } = await urlThat((response, id) => response.end(resultOf(id, MAX_ANSWER_BYTES)));
    expect((await ask(url)).length).toBeGreaterThan(MAX_ANSWER_BYTES - 100);
  });

  it('that is larger by one byte is not', async () => {
    const { url } = await urlThat((response, id) => response.end(resultOf(id, MAX_ANSWER_BYTES + 1)));
    expect(await failureOf(ask(url))).toMatchObject(UNREACHABLE);
  });

  it('without end is cut off', async () => {
    const { url, wasCut } = await urlThat((response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x61)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await failureOf(ask(url))).toMatchObject(UNREACHABLE);
    await wasCut;
  });

  it('that is small on the way and large unpacked is not', async () => {
    const { url } = await urlThat((response, id) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(resultOf(id, MAX_ANSWER_BYTES + 1))),
    );
    expect(await failureOf(ask(url))).toMatchObject(UNREACHABLE);
  });

  it('that is packed is unpacked', async () => {
    const { url } = await urlThat((response, id) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify({ jsonrpc: '2.0', id, result: '0x7' }))),
    );
    expect(await ask(url)).toBe('0x7');
  });

  it('that drips is late, and the connection ends with it', async () => {
    const { url, wasCut } = await urlThat((response) => {
      response.write('{');
    });
    expect(await failureOf(ask(url, 50))).toMatchObject({ code: 'DEADLINE', field: 'late' });
    await wasCut;
  });

  it.each([301, 302, 307, 308])('of status %i leads nowhere: it would lead around the limit', async (status) => {
    let asked = 0;
    const elsewhere = await urlThat(
      (response, id) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x7' })),
      () => {
        asked += 1;
      },
    );
    const { url } = await urlThat((response) => response.writeHead(status, { location: elsewhere.url }).end());
    expect(await failureOf(ask(url))).toMatchObject(UNREACHABLE);
    expect(asked).toBe(0);
  });
});

it('a url with a name and a password sends them as such', async () => {
  const seen: object[] = [];
  const { url } = await urlThat(
    (response, id) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x7' })),
    (headers) => seen.push(headers),
  );
  expect(await ask(url.replace('http://', 'http://operator:p%40ss@'))).toBe('0x7');
  expect(seen.at(-1)).toMatchObject({ authorization: `Basic ${Buffer.from('operator:p@ss').toString('base64')}` });
});
