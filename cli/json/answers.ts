import { z } from 'zod';
import * as part from './parts.ts';

const { text, id, time, count, texts } = part;
const ok = z.literal(true);

const prediction = z
  .strictObject({
    state: z
      .enum(['stored', 'there', 'none', 'failed'])
      .describe('none: nothing was simulated, or nothing is uploaded now'),
    object: text.describe('gs://…, or ""'),
    code: text.describe('why it failed, or ""'),
  })
  .describe('what the nodes said, kept beside the share')
  .meta({ id: 'KeptPrediction' });

/** What co-signers answer. */
export const ANSWERS = {
  approve: z.union([
    z.strictObject({
      ok,
      id,
      coSigner: text,
      object: text,
      at: time,
      created: z.boolean(),
      prediction,
      approvals: count,
      needed: count,
      next: text,
    }),
    z.strictObject({ ok, id, coSigner: text, commands: texts }).describe('with --manual'),
    z
      .strictObject({
        ok: z.boolean(),
        coSigner: text,
        approvals: z.array(
          z.union([
            z.strictObject({
              ...{ ok, id, object: text, at: time, created: z.boolean(), prediction },
              ...{ approvals: count, needed: count },
            }),
            z.strictObject({ ...part.failure, id }),
          ]),
        ),
      })
      .describe('of several ids: ok where each is approved'),
    z
      .strictObject({
        ok: z.boolean(),
        coSigner: text,
        manual: z.array(z.strictObject({ id, commands: texts })),
        leftOut: z.array(z.strictObject({ ...part.failure, id })),
      })
      .describe('of several ids with --manual'),
  ]),
  reject: z.union([
    z.strictObject({ ok, id, coSigner: text, at: time, created: z.boolean(), closes: z.boolean(), next: text }),
    z.strictObject({ ok, id, coSigner: text, commands: texts }).describe('with --manual'),
  ]),
};
