import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { cacheSignatureChecks, replaceRandomness } from './cached-crypto.ts';
import { newIdentities } from './cloud.ts';
import { runHistory } from './history.ts';
import type { Report } from './pool.ts';
import { profileNamed } from './profiles.ts';
import { Violation } from './record-types.ts';

const { profiles } = z.object({ profiles: z.array(z.string()).min(1) }).parse(workerData);
const identities = await newIdentities();
cacheSignatureChecks();
replaceRandomness();

/** What is running now. A rejection that nobody handles would kill a real process, so it is told with its seed before it kills this one. */
let running = '';
process.on('unhandledRejection', (reason) => {
  // A broken promise is kept by the observer, whoever swallows it or lets it fall.
  if (reason instanceof Violation) return;
  console.error(`unhandled rejection in ${running}`);
  throw reason;
});

const one = async (seed: number): Promise<Report> => {
  const profile = profiles[seed % profiles.length] ?? '';
  running = `--profile ${profile} --from ${seed}`;
  const { violation, steps, faults } = await runHistory(profileNamed(profile), String(seed), identities);
  return { profile, seed: String(seed), invariant: violation?.invariant, text: violation?.text ?? '', steps, faults };
};

parentPort?.on('message', async (seeds: readonly number[]) => {
  const reports: Report[] = [];
  for (const seed of seeds) reports.push(await one(seed));
  parentPort?.postMessage(reports);
});
parentPort?.postMessage([]);
