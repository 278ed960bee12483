export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** Throws Interrupted where the person has pressed Ctrl-C: called between the steps of a command, never inside one. */
export const goOn = (signal: AbortSignal): void => {
  if (signal.aborted) throw new Interrupted();
};

export interface Interrupts {
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP. */
  code(): number;
}

const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** One Ctrl-C reaches a child twice, from the terminal and from the launcher: within this time (ms) it counts as one. */
const SAME_SIGNAL_MS = 1000;

/** The first signal asks the command to end; one that comes later ends the process at once. */
export const watchInterrupts = (host: NodeJS.Process, now: () => number = Date.now): Interrupts => {
  const controller = new AbortController();
  let first: number | undefined;
  let code: number = CODES.SIGINT;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    host.on(name, () => {
      if (first !== undefined && now() - first > SAME_SIGNAL_MS) host.exit(CODES[name]);
      if (first !== undefined) return;
      first = now();
      code = CODES[name];
      controller.abort();
    });
  return { signal: controller.signal, code: () => code };
};
