import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { drainer, GRACE_MS, LAST_CALL_MS } from '#functions/runtime/drain.ts';

const stage = (flush?: () => Promise<void>) => {
  const signals = new EventEmitter();
  const framework = vi.fn();
  signals.on('SIGTERM', framework);
  const exit = vi.fn<(code: number) => void>();
  const timers: { ms: number; run: () => void }[] = [];
  const stopListening = vi.fn();
  const track = drainer(
    {
      on: (event, listener) => signals.on(event, listener),
      removeAllListeners: (event) => signals.removeAllListeners(event),
      exit,
    },
    (ms, run) => timers.push({ ms, run }),
    flush,
  );
  const call = () => {
    const work = Promise.withResolvers<void>();
    const response = new EventEmitter();
    const done = track(work.promise, response, stopListening);
    return { work, response, done };
  };
  return { signals, framework, exit, timers, stopListening, call };
};

describe('after SIGTERM', () => {
  test('what runs comes to its end, and then the process', async () => {
    const { signals, framework, exit, stopListening, call } = stage();
    const [one, other] = [call(), call()];
    signals.emit('SIGTERM');
    expect(framework).not.toHaveBeenCalled();
    expect(stopListening).toHaveBeenCalledOnce();
    one.work.resolve();
    one.response.emit('close');
    await one.done;
    expect(exit).not.toHaveBeenCalled();
    other.response.emit('close');
    other.work.resolve();
    await other.done;
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('an answer that is not out yet is waited for, and so is work whose caller is gone', async () => {
    const { signals, exit, call } = stage();
    const [unsent, left] = [call(), call()];
    signals.emit('SIGTERM');
    unsent.work.resolve();
    left.response.emit('close');
    await Promise.resolve();
    expect(exit).not.toHaveBeenCalled();
    unsent.response.emit('close');
    left.work.reject(new Error('lost'));
    await Promise.all([unsent.done, left.done]);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('an idle process ends at once', async () => {
    const { signals, exit, call } = stage();
    const { work, response, done } = call();
    work.resolve();
    response.emit('close');
    await done;
    expect(exit).not.toHaveBeenCalled();
    signals.emit('SIGTERM');
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('it ends before Cloud Run kills it, whatever still runs, and one signal is enough', () => {
    const { signals, exit, timers, call } = stage();
    call();
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    expect(timers.map(({ ms }) => ms)).toEqual([LAST_CALL_MS, GRACE_MS]);
    expect(GRACE_MS).toBeLessThan(10_000);
    timers[0]?.run();
    expect(exit).not.toHaveBeenCalled();
    timers[1]?.run();
    expect(exit.mock.calls).toEqual([[0]]);
  });
});

describe('telemetry that is left', () => {
  const idle = async ({ call }: ReturnType<typeof stage>): Promise<void> => {
    const { work, response, done } = call();
    work.resolve();
    response.emit('close');
    await done;
  };

  test('leaves when the work is done, and the process waits for it', async () => {
    const flushed = Promise.withResolvers<void>();
    const flush = vi.fn(() => flushed.promise);
    const all = stage(flush);
    await idle(all);
    expect(flush).not.toHaveBeenCalled();
    all.signals.emit('SIGTERM');
    expect(flush).toHaveBeenCalledOnce();
    expect(all.exit).not.toHaveBeenCalled();
    flushed.resolve();
    await flushed.promise;
    expect(all.exit.mock.calls).toEqual([[0]]);
  });

  test('a collector that hangs moves the end no further than the grace', async () => {
    const all = stage(() => new Promise(() => {}));
    await idle(all);
    all.signals.emit('SIGTERM');
    expect(all.exit).not.toHaveBeenCalled();
    all.timers.find(({ ms }) => ms === GRACE_MS)?.run();
    expect(all.exit.mock.calls).toEqual([[0]]);
  });

  test('a failed flush ends it like a good one', async () => {
    const all = stage(() => Promise.reject(new Error('gone')));
    await idle(all);
    all.signals.emit('SIGTERM');
    await new Promise(setImmediate);
    expect(all.exit.mock.calls).toEqual([[0]]);
  });

  test('leaves before the kill where a call still runs, and does not cut that call short', () => {
    const flush = vi.fn(async () => {});
    const { signals, exit, timers, call } = stage(flush);
    call();
    signals.emit('SIGTERM');
    expect(flush).not.toHaveBeenCalled();
    timers.find(({ ms }) => ms === LAST_CALL_MS)?.run();
    expect(flush).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
  });
});

test('before the first call the framework may end the process as it likes: nothing is in flight', () => {
  const { signals, framework } = stage();
  signals.emit('SIGTERM');
  expect(framework).toHaveBeenCalledOnce();
});
