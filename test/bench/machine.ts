import { availableParallelism, cpus, loadavg, platform } from 'node:os';

/** One line that says on what the figures were measured. Call it before the work, so that the load is that of others. */
export const machineLine = (): string => {
  const [model = 'unknown processor'] = cpus().map((cpu) => cpu.model.trim());
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `${availableParallelism()} cores (${model}), ${platform()}, Node ${process.versions.node}, load before: ${load}`;
};
