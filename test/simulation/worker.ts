import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { newIdentities } from './cloud.ts';
import { runHistory } from './history.ts';
import { cacheSignatureChecks, replaceRandomness } from './memo.ts';
import type { Report } from './pool.ts';
import { profileNamed } from './profiles.ts';

const { profiles } = z.object({ profiles: z.array(z.string()).min(1) }).parse(workerData);
const identities = await newIdentities();
cacheSignatureChecks();
replaceRandomness();

const one = async (seed: number): Promise<Report> => {
  const profile = profiles[seed % profiles.length] ?? '';
  const { violation, steps, faults } = await runHistory(profileNamed(profile), String(seed), identities);
  return { profile, seed: String(seed), invariant: violation?.invariant, text: violation?.text ?? '', steps, faults };
};

parentPort?.on('message', async (seeds: readonly number[]) => {
  const reports: Report[] = [];
  for (const seed of seeds) reports.push(await one(seed));
  parentPort?.postMessage(reports);
});
parentPort?.postMessage([]);
