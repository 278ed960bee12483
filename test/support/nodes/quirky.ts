import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';

const request = z.object({
  jsonrpc: z.literal('2.0').default('2.0'),
  id: z.number(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});
const batch = z.array(request);
const reply = z.looseObject({ result: z.unknown(), error: z.looseObject({}).optional() });

type Call = z.infer<typeof request>;

/** The members of a JSON-RPC answer; `jsonrpc` and `id` are the right ones where they are not given. */
export interface Body {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: object;
}

/** What no node of Ethereum writes: a page of a gateway. */
export interface Page {
  readonly status: number;
  readonly body: string;
}

/** What a node does with one call. `forward`: what the node behind it answers. */
export type Answer = Body | Page | 'forward' | 'hang up' | 'hang';

/** One call, and how to have the node behind the quirk answer it. */
export interface Asked {
  readonly id: number;
  readonly forward: () => Promise<Body>;
}

export type Say = (method: string, params: readonly unknown[], asked: Asked) => Answer | Promise<Answer>;

/** What a node does with a batch; each call of one that it takes it answers as if it came alone. */
export type SayTogether = (
  calls: readonly Call[],
  answers: () => Promise<readonly Body[]>,
) => unknown[] | Body | Page | 'hang up' | 'hang' | Promise<unknown[] | Body | Page | 'hang up' | 'hang'>;

/** One way in which a real node or gateway differs from the others. */
export interface Quirk {
  readonly name: string;
  /** The node, the chain or the gateway that does it. */
  readonly of: string;
  /** A public report, or what was measured. */
  readonly source: string;
  /** A new one for each node: some remember what they were asked. */
  readonly say: () => Say;
  /** Without: it answers all of them, in their order. */
  readonly sayTogether?: SayTogether;
}

export interface QuirkyNode {
  /** With a path that looks like an API key: no message may show it. */
  readonly url: string;
  /** Methods, in order, of batches too. */
  readonly asked: readonly string[];
  /** How many calls each batch had. */
  readonly batches: readonly number[];
  /** From now on this quirk, or none. */
  become(quirk: Pick<Quirk, 'say'> | undefined): void;
  close(): Promise<void>;
}

const METHOD_UNKNOWN: Body = { error: { code: -32601, message: 'the method does not exist/is not available' } };

const post = async (url: string, body: string): Promise<Body> => {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = reply.parse(await answer.json());
  return error === undefined ? { result } : { error };
};

const isPage = (said: object): said is Page => 'status' in said;

const write = (response: ServerResponse, said: readonly unknown[] | Body | Page): void => {
  if (isPage(said)) return void response.writeHead(said.status, { 'content-type': 'text/html' }).end(said.body);
  const inFull = (one: unknown) => ({ jsonrpc: '2.0', ...Object(one) });
  const body = JSON.stringify(Array.isArray(said) ? said.map(inFull) : inFull(said));
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
};

/**
 * A node with one quirk, in front of the node at `behind`. Where `behind` is undefined it knows only what the quirk says. Where the node
 * behind it does not answer, the connection ends.
 */
export const startQuirkyNode = async (
  behind: string | undefined,
  quirk?: Pick<Quirk, 'say' | 'sayTogether'> | undefined,
): Promise<QuirkyNode> => {
  const asked: string[] = [];
  const batches: number[] = [];
  const none: Say = () => 'forward';
  let say = quirk?.say() ?? none;
  const sayOne = async (call: Call): Promise<Body | Page | 'hang up' | 'hang'> => {
    const { id, method, params } = call;
    asked.push(method);
    const forward = async () => (behind === undefined ? METHOD_UNKNOWN : post(behind, JSON.stringify(call)));
    const said = await say(method, params, { id, forward });
    if (typeof said === 'string') return said === 'forward' ? { id, ...(await forward()) } : said;
    return 'status' in said ? said : { id, ...said };
  };
  const sayBatch = async (calls: readonly Call[]) => {
    batches.push(calls.length);
    const answers = async (): Promise<readonly Body[]> => {
      const all: Body[] = [];
      for (const call of calls) {
        const said = await sayOne(call);
        if (typeof said === 'object' && !('status' in said)) all.push(said);
      }
      return all;
    };
    return quirk?.sayTogether === undefined ? [...(await answers())] : quirk.sayTogether(calls, answers);
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const whole: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const said = Array.isArray(whole) ? await sayBatch(batch.parse(whole)) : await sayOne(request.parse(whole));
    if (said === 'hang') return;
    if (said === 'hang up') return void incoming.socket.destroy();
    write(response, said);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/key-abcdef`,
    asked,
    batches,
    become: (next) => {
      say = next?.say() ?? none;
    },
    close: () => closeServer(server),
  };
};
