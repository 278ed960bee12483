import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createLocalTls, type LocalTls } from '#local/cloud/runtime/tls.ts';
import { writeWhole } from '#local/cloud/runtime/whole-file.ts';

const tlsSchema = z.strictObject({ ca: z.string(), certificate: z.string(), key: z.string() });

/** ms: one that ends sooner is made anew, so that a lab which runs for a week does not lose it on the way. */
const LEFT_MS = 7 * 86_400_000;

const isGood = ({ ca, certificate, key }: LocalTls, now: number): boolean => {
  const [root, server] = [new X509Certificate(ca), new X509Certificate(certificate)];
  const ends = Math.min(Date.parse(root.validTo), Date.parse(server.validTo));
  return ends - now > LEFT_MS && server.verify(root.publicKey) && server.checkPrivateKey(createPrivateKey(key));
};

/** What is kept there and still good; undefined of anything else, whatever is wrong with it. */
const kept = (path: string, now: number): LocalTls | undefined => {
  try {
    const tls = tlsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return isGood(tls, now) ? tls : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Certificate and key of a lab whose state is kept. Its law names the authority, so that a new one at each start would give the law another hash
 * each time. `now`: ms.
 */
export const tlsIn = async (folder: string, now: number): Promise<LocalTls> => {
  const path = join(folder, 'tls.json');
  const before = kept(path, now);
  if (before !== undefined) return before;
  const tls = await createLocalTls(now);
  writeWhole(path, Buffer.from(JSON.stringify(tls)));
  return tls;
};
