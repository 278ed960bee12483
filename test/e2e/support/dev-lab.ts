import { readFileSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';
import { keyturn } from './cli.ts';
import { keyturnHere } from './in-process.ts';
import { waitFor } from './waiting.ts';

const hostPort = z.string().regex(/^127\.0\.0\.1:\d+$/);
const url = z.string().regex(/^http:\/\/127\.0\.0\.1:\d+$/);
const file = z
  .string()
  .refine((path) => path.startsWith('/') && statSync(path).isFile() && (statSync(path).mode & 0o077) === 0);
/** What the world outside relies on. More may stand in it, nothing less. */
export const devJson = z.object({
  ready: z.literal(true),
  pid: z.number(),
  project: z.string(),
  endpoints: z.object({ pubsub: hostPort, pubsubRest: url, storage: url, kms: url, compute: url, sts: url, rpc: url }),
  topics: z.object({ transactionRequests: z.string(), requestEvents: z.string(), receipts: z.string() }),
  buckets: z.strictObject({
    keys: z.string(),
    results: z.string(),
    register: z.string(),
    signed: z.string(),
    work: z.string(),
  }),
  wallets: z
    .array(z.strictObject({ name: z.string(), address: z.string(), chainId: z.string(), threshold: z.number() }))
    .length(1),
  coSigners: z
    .array(
      z.strictObject({
        name: z.string(),
        kmsKey: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/),
        shareLocation: z.string().regex(/^gs:\/\/[^/]+\/([^/]+\/)?$/),
        shareFile: file,
        /** By the name of a wallet. */
        shareFiles: z.record(z.string(), file),
        tokenFile: file,
      }),
    )
    .length(2),
  tokens: z.looseObject({ dapp: file, finance: file, operator: file }),
});
export type DevJson = z.infer<typeof devJson>;

/** Of the lab whose dev.json it is: what people do there, as processes or in this one. */
export const peopleOf = (cwd: string, read: () => DevJson) => {
  /** What finance sees in the results bucket: asked by HTTP, because a command line for each look would keep the machine busy. */
  const outcomeOf = (id: string) =>
    waitFor(`the outcome of ${id}`, async () => {
      const { endpoints, buckets, tokens } = read();
      const name = encodeURIComponent(`requests/${id}/outcome.json`);
      const response = await fetch(`${endpoints.storage}/storage/v1/b/${buckets.results}/o/${name}?alt=media`, {
        headers: { authorization: `Bearer ${readFileSync(tokens.finance, 'utf8').trim()}` },
      });
      const text = await response.text();
      if (response.status === 404) return undefined;
      return z.looseObject({ outcome: z.string() }).parse(JSON.parse(text)).outcome;
    });

  /** A command line as a process, as a stranger types it; or in this one, where the process has been looked at already. */
  const typed = (...args: readonly string[]) => keyturn(cwd, ...args, '--json');
  const here = (...args: readonly string[]) => keyturnHere(cwd, ...args);

  /** Request, two approvals, receipt: what four people do. */
  const pay = async (cli: typeof typed, to: string, reference: string) => {
    const asked = await cli('request', '--to', to, '--value', '0.25 ether', '--reference', reference);
    expect(asked).toMatchObject({ code: 0, json: { ok: true, answer: 'accepted', reference } });
    const id = `${asked.json.id}`;
    for (const who of ['alice', 'bob'])
      expect(await cli('approve', id, '--as', who, '--yes')).toMatchObject({
        code: 0,
        json: { ok: true, id, coSigner: who, created: true },
      });
    expect(await outcomeOf(id)).toBe('finalized');
    const status = await cli('status', id);
    expect(status).toMatchObject({ code: 0, json: { ok: true, id, stage: 'decided', approvedBy: ['alice', 'bob'] } });
    const { json } = await cli('receipts');
    const receipts = z
      .array(z.looseObject({ id: z.string(), nonce: z.string(), status: z.string(), reference: z.string() }))
      .parse(json.receipts);
    return { id, receipt: receipts.find((one) => one.id === id), receipts };
  };

  return { outcomeOf, typed, here, pay };
};
