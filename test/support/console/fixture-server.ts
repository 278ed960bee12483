import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  API_PATH,
  type ApproveBody,
  type CallName,
  type Calls,
  type ConsoleEvent,
  EVENTS,
  type Failure,
  type QueueRow,
  type RejectBody,
  type RequestAnswer,
  SECRET_HEADER,
} from '#cli/console/api.ts';
import { type PageFiles, readPage } from '#cli/console/files.ts';
import { ALWAYS } from '#cli/console/headers.ts';
import { timeText } from '#schemas/spellings.ts';
import { buildConsole } from '../../../build/console.ts';
import { moneyPages } from './money.ts';
import { NOW, SAMPLES, sampleOf, waitSentence } from './samples.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;

const PATHS: Readonly<Record<string, string>> = { '/': 'index.html', '/app.js': 'app.js', '/app.css': 'app.css' };

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
};

export const refusal = (code: string, message: string): Failure => ({
  ok: false,
  code,
  field: '',
  message,
  advice: '',
});

const rowOf = ({ shown, waits }: RequestAnswer): QueueRow => ({
  id: shown.id,
  short: shown.id.slice(0, 8),
  wallet: shown.wallet,
  chain: 'mainnet',
  asks: shown.asks[0] ?? '',
  reference: shown.request.reference,
  requester: shown.request.requester,
  stage: shown.stage,
  outcome: null,
  backing: null,
  votes: shown.votes,
  approvals: shown.votes.filter(({ answer }) => answer === 'approved').length,
  needed: shown.needed,
  signed: false,
  acceptedAt: timeText(NOW - 360_000),
  age: 360,
  validUntil: shown.request.validUntil,
  left: 1,
  mine: shown.votes.find(({ coSigner }) => coSigner === 'alice')?.answer ?? null,
  waits,
});

/**
 * A process that speaks to the page as the console does, without a cloud behind it. It is for many requests at once, for each view in each scheme, and
 * for pictures. What the console itself checks is tested against the console.
 */
export class FixtureServer {
  readonly requests = new Map<string, RequestAnswer>();
  readonly calls: { readonly name: string; readonly body: unknown }[] = [];
  /** What the next call of a name is refused with, once. */
  readonly refused = new Map<string, Failure>();
  /** What is answered with is held back until it is let go. */
  readonly held = new Map<string, Promise<void>>();
  readonly #server: Server;
  readonly #files: PageFiles;
  readonly #streams = new Set<ServerResponse>();
  readonly #codes = new Set<string>();
  readonly #secrets = new Set<string>();
  #made = 0;

  private constructor(files: PageFiles) {
    this.#files = files;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    for (const options of SAMPLES) this.put(sampleOf(options));
  }

  static async start(): Promise<FixtureServer> {
    const dist = mkdtempSync(join(tmpdir(), 'keyturn-page-'));
    const fixture = await buildConsole(ROOT, dist)
      .then(() => readPage(join(dist, 'console')))
      .then((files) => new FixtureServer(files))
      .finally(() => rmSync(dist, { recursive: true, force: true }));
    await new Promise<void>((resolve) => fixture.#server.listen(0, '127.0.0.1', resolve));
    return fixture;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A link that opens one page, once. */
  link(route = ''): string {
    const code = `code-${this.#made++}`;
    this.#codes.add(code);
    return `${this.origin}/${route === '' ? `#code=${code}` : route}`;
  }

  put(answer: RequestAnswer): void {
    this.requests.set(answer.shown.id, answer);
  }

  tell(event: ConsoleEvent): void {
    for (const stream of this.#streams) stream.write(`${JSON.stringify(event)}\n`);
  }

  /** As where the process stands still or is gone: nothing is told, and nothing more is heard. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Others answer, and the page is told. */
  vote(id: string, coSigner: string, answer: 'approved' | 'rejected'): void {
    const before = this.requests.get(id);
    if (before === undefined) throw new Error('no such request');
    const votes = before.shown.votes.map((vote) =>
      vote.coSigner === coSigner ? { ...vote, answer, at: timeText(NOW) } : vote,
    );
    const what = answer === 'approved' ? 'share uploaded' : answer;
    this.put({
      ...before,
      shown: { ...before.shown, votes },
      waits: { code: 'NOT_ENOUGH_SHARES', sentence: waitSentence(votes) },
      timeline: [...before.timeline, { at: timeText(NOW), what, detail: `by ${coSigner}` }],
    });
    this.tell({ kind: 'request', at: timeText(NOW), id, change: 'changed', outcome: null });
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files.get(PATHS[request.url ?? ''] ?? '');
    // As strict as the console itself: what the page cannot do under it, it cannot do at all.
    response.setHeaders(new Map(Object.entries(ALWAYS)));
    if (file !== undefined) {
      response.setHeader('content-type', file.type);
      response.end(file.bytes);
      return;
    }
    const name = request.url?.startsWith(API_PATH) === true ? request.url.slice(API_PATH.length) : '';
    const body = request.method === 'POST' ? await bodyOf(request) : {};
    if (name === '') {
      response.writeHead(404).end();
      return;
    }
    if (name === EVENTS) {
      this.#listen(request, response);
      return;
    }
    this.calls.push({ name, body });
    await this.held.get(name);
    const answer = this.#answer(name as CallName, body, request);
    response.setHeader('content-type', 'application/json');
    response.statusCode = answer.ok ? 200 : 400;
    response.end(JSON.stringify(answer));
  }

  #listen(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#secrets.has(String(request.headers[SECRET_HEADER]))) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    response.write(`${JSON.stringify({ kind: 'hello', at: timeText(NOW), via: 'events' })}\n`);
  }

  #answer(name: CallName, body: unknown, request: IncomingMessage): Calls[CallName]['answer'] | Failure {
    const refused = this.refused.get(name);
    this.refused.delete(name);
    if (refused !== undefined) return refused;
    if (name !== 'session' && !this.#secrets.has(String(request.headers[SECRET_HEADER])))
      return refusal('CONSOLE_SESSION', 'This page is not the one that was opened last.');
    switch (name) {
      case 'session':
        return this.#session(body as Calls['session']['body']);
      case 'queue':
        return this.#queue(body as Calls['queue']['body']);
      case 'request':
        return (
          this.requests.get((body as { id: string }).id) ?? refusal('NOT_FOUND', 'no accepted request has this id')
        );
      case 'approve':
      case 'reject':
        return this.#vote(name, body as ApproveBody | RejectBody);
      case 'receipts':
        return moneyPages.receipts(body as Calls['receipts']['body']);
      case 'wallets':
        return moneyPages.wallets;
      default:
        return name satisfies never;
    }
  }

  #session({ code }: Calls['session']['body']): Calls['session']['answer'] | Failure {
    if (!this.#codes.delete(code)) return refusal('PERMISSION_DENIED', 'this link was used before, or is too old');
    const secret = `secret-of-${code}`;
    // One page at a time, as in the console: a new one ends the one before it.
    this.#secrets.clear();
    this.#secrets.add(secret);
    this.cut();
    return {
      ...{ ok: true, secret, name: 'acme', lab: false, lawHash: moneyPages.wallets.lawHash, me: 'alice' },
      ...{ isCoSigner: true, share: 'file', wallets: ['treasury'], now: timeText(NOW) },
    } as Calls['session']['answer'];
  }

  #queue({ page, size = 60 }: Calls['queue']['body']): Calls['queue']['answer'] {
    const all = [...this.requests.values()];
    const rows = all.slice(page * size, (page + 1) * size).map(rowOf);
    return { ok: true, at: timeText(NOW), total: all.length, page, size, rows, broken: [] };
  }

  #vote(
    name: 'approve' | 'reject',
    { id, rendering, coSigner }: ApproveBody | RejectBody,
  ): Calls['approve']['answer'] | Failure {
    const shown = this.requests.get(id);
    if (shown?.rendering !== rendering) return refusal('STALE', 'what was shown is no longer what is there');
    this.vote(id, coSigner, name === 'approve' ? 'approved' : 'rejected');
    const approvals = this.requests.get(id)?.shown.votes.filter(({ answer }) => answer === 'approved').length ?? 0;
    return {
      ...{
        ok: true,
        id,
        coSigner,
        object: `gs://acme-keys/${coSigner}/shares/${id}`,
        at: timeText(NOW),
        created: true,
      },
      ...{ approvals, needed: 2, closes: false },
      sentence: approvals >= 2 ? 'That is enough: it is being signed.' : '1 more approval is needed.',
    } as Calls['approve']['answer'];
  }
}
