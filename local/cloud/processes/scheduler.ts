import type { Clock } from '#local/cloud/runtime/clock.ts';

export interface SchedulerOptions {
  readonly clock: Clock;
  /** ms between ticks; they fall on whole multiples of it since the epoch, as a cron line's do. */
  readonly intervalMs?: number;
  /** Publishes to the topic. A failure is told to `note`; the next tick is the retry. */
  readonly publish: (data: Buffer) => void | Promise<void>;
  readonly note: (line: string) => void;
}

/** Cloud Scheduler with one Pub/Sub target: publishes `{"time":"YYYY-MM-DDTHH:MM:SSZ"}`, the time the tick was due. Returns what stops it. */
export const startScheduler = ({ clock, intervalMs = 60_000, publish, note }: SchedulerOptions): (() => void) => {
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 1)
    throw new RangeError('intervalMs must be a positive integer');
  let cancel = () => {};
  const tick = async (due: number): Promise<void> => {
    const time = new Date(due).toISOString().replace(/\.\d{3}Z$/, 'Z');
    await publish(Buffer.from(JSON.stringify({ time })));
  };
  let last = 0;
  const plan = (): void => {
    // After a pause of the whole process the ticks that were missed are not made up for. A timer may fire a hair early: no tick twice.
    const due = Math.max(Math.floor(clock.now() / intervalMs) * intervalMs, last) + intervalMs;
    cancel = clock.after(due - clock.now(), () => {
      last = due;
      plan();
      tick(due).catch((error: unknown) =>
        note(`scheduler: ${error instanceof Error ? error.message : 'publish failed'}`),
      );
    });
  };
  plan();
  return () => cancel();
};
