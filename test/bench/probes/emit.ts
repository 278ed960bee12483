/** The answer of a probe: its last line. Then it ends, whatever is still open. */
export const emit = (samples: Readonly<Record<string, readonly number[]>>): void => {
  process.stdout.write(`${JSON.stringify(samples)}\n`, () => process.exit(0));
};

/** ms of CPU of this process since `since`. */
export const cpuSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** `--name N` of the command line; `usual` where it is not there. */
export const numberOf = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? usual : Number(process.argv[at + 1]);
};
