import { describe, expect, it } from 'vitest';
import { startScheduler } from '#local/cloud/processes/scheduler.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

describe('the scheduler', () => {
  it('publishes the due time at every whole interval, also after a failure, until it is stopped', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1, 0, 0, 30));
    const published: string[] = [];
    const notes: string[] = [];
    const stop = startScheduler({
      clock,
      publish: (data) => {
        published.push(data.toString());
        if (published.length === 1) throw new Error('unreachable');
      },
      note: (line) => notes.push(line),
    });
    clock.advance(29_999);
    expect(published).toEqual([]);
    clock.advance(1);
    clock.advance(60_000);
    await Promise.resolve();
    expect(published).toEqual(['{"time":"2026-01-01T00:01:00Z"}', '{"time":"2026-01-01T00:02:00Z"}']);
    expect(notes).toEqual(['scheduler: unreachable']);
    stop();
    clock.advance(1_000_000);
    expect(published).toHaveLength(2);
    expect(clock.nextDue()).toBeUndefined();
  });

  it.each([0, -1, 0.5, Number.NaN])('refuses an interval of %s ms', (intervalMs) => {
    const options = { clock: new VirtualClock(0), intervalMs, publish: () => {}, note: () => {} };
    expect(() => startScheduler(options)).toThrow(/intervalMs must be a positive integer/);
  });
});
