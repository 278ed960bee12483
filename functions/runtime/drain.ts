import { Server } from 'node:http';

/** The process, as far as it is told when to end. */
export interface Ending {
  readonly on: (event: 'SIGTERM', listener: () => void) => unknown;
  readonly removeAllListeners: (event: 'SIGTERM') => unknown;
  readonly exit: (code: number) => void;
}

/** Where the response of a call closes: its last byte is out, or nobody listens any more. */
export interface Closing {
  readonly once: (event: 'close', listener: () => void) => unknown;
}

/** Cloud Run kills ten seconds after SIGTERM (https://cloud.google.com/run/docs/container-contract#instance-shutdown). */
export const GRACE_MS = 9_000;

/** ms after SIGTERM. Telemetry that was kept by then leaves, even where a call still runs. */
export const LAST_CALL_MS = GRACE_MS - 2_000;

/**
 * Lets what runs come to its end after SIGTERM. functions-framework exits at once, and each call in flight would count as a delivery towards
 * the dead letters. From the first call on its own listeners are taken off: before that nothing is in flight.
 * `after`: runs something once, that many ms later. `flush`: sends the telemetry that is left; undefined where there is none. It
 * never makes the end later than GRACE_MS.
 */
export const drainer = (
  process: Ending,
  after: (ms: number, run: () => void) => unknown,
  flush: () => Promise<void> | undefined = () => undefined,
) => {
  let running = 0;
  let isEnding = false;
  let isArmed = false;
  const exit = (): void => process.exit(0);
  const endIfIdle = (): void => {
    if (!isEnding || running > 0) return;
    const flushed = flush();
    if (flushed === undefined) exit();
    else flushed.then(exit, exit);
  };
  const arm = (stopListening: () => void): void => {
    if (isArmed) return;
    isArmed = true;
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => {
      if (isEnding) return;
      isEnding = true;
      stopListening();
      after(LAST_CALL_MS, () => void flush()?.catch(() => {}));
      after(GRACE_MS, exit);
      endIfIdle();
    });
  };
  /** Counts a call until its work is done and its answer is out. */
  return async (work: Promise<void>, response: Closing, stopListening: () => void): Promise<void> => {
    arm(stopListening);
    running += 1;
    const closed = new Promise<void>((resolve) => {
      response.once('close', resolve);
    });
    await Promise.allSettled([work, closed]);
    running -= 1;
    endIfIdle();
  };
};

/** Stops listening where the call came in: the framework keeps its server to itself. Idle connections are closed with it. */
export const listenerOf = (socket: object): (() => void) => {
  const server: unknown = Reflect.get(socket, 'server');
  return () => {
    if (server instanceof Server) server.close();
  };
};
