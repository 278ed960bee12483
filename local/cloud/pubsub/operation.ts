import type { z } from 'zod';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { read } from './fields.ts';
import type { Encode } from './to-wire.ts';
import type { Topics } from './topics.ts';

/** What one call is answered from, whichever wire it came by. */
export interface Context {
  readonly world: World;
  readonly topics: Topics;
  readonly caller: Caller;
  readonly encode: Encode;
}

/** A unary call of google.pubsub.v1: reads the request, waits out a planned delay, runs, prints the response. */
export type Operation = (context: Context, request: unknown) => Promise<object>;

const wait = ({ clock }: World, ms: number): Promise<void> =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => clock.after(ms, resolve));

/** `method` and `detail` are what planned delays are matched with. */
export const operation =
  <T>(
    method: string,
    shape: z.ZodType<T>,
    detail: (request: T) => string,
    run: (context: Context, request: T) => object | Promise<object>,
  ): Operation =>
  async (context, raw) => {
    const request = read(shape, raw);
    await wait(context.world, context.world.faults.delayFor(`pubsub.${method}`, detail(request)));
    return run(context, request);
  };
