import { z } from 'zod';
import { STANDARDS } from '#schemas/assets.ts';
import * as part from './parts.ts';

const { text, count } = part;

const asset = { standard: z.enum(STANDARDS), address: text.describe('"" for the coin'), tokenId: text };

export const simulation = z
  .strictObject({
    kind: z.enum(['told', 'disagreed', 'none']).describe('told: all who ran it say the same'),
    because: text.describe('of none: nodes, over or no-urls; else ""'),
    outcomes: z.array(
      z.strictObject({
        places: z.array(count).describe('urls of the chain that say so, from 1'),
        success: z.boolean(),
        reason: text.describe('why it would fail, or ""'),
        funded: z.boolean().describe('false: told as if the wallet held what it costs'),
        gasUsed: z.strictObject({ least: part.decimal, most: part.decimal }),
        etherTraced: z.boolean().describe('false: ether that contracts send on is not told'),
        complete: z.boolean().describe('false: some log could not be read'),
        moves: z.array(z.strictObject({ ...asset, from: part.address, to: part.address, amount: part.decimal })),
        allows: z.array(z.strictObject({ ...asset, spender: part.address, amount: part.decimal })),
        differences: z
          .array(z.strictObject({ code: text, ...asset, expected: part.decimal, actual: part.decimal }))
          .describe('from what the request says'),
      }),
    ),
    silent: z.array(z.strictObject({ place: count, why: text })).describe('urls that told nothing'),
  })
  .nullable()
  .describe('what the nodes say that it would do: advice')
  .meta({ id: 'Simulation' });
