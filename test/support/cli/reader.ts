import { deploymentOf } from '#cli/app/deployment.ts';
import type { Session } from '#cli/app/session.ts';
import type { Pipeline } from '../stage.ts';
import { type CliHarness, type CliHarnessOptions, stageOf } from './people.ts';

/** Somebody who reads the whole pipeline in memory: storage, chain and clock are the pipeline's. */
export const readerOf = (s: Pipeline, options: CliHarnessOptions = {}): CliHarness => {
  const reader = stageOf({ me: 'alice', ...options });
  const deployment = deploymentOf('/lab/dev.json', s.config, undefined);
  const ports = {
    ...reader.session.ports,
    storage: async () => s.storage,
    chains: async () => ({ of: s.chain }),
    ...options.ports,
  };
  const session: Session = { ...reader.session, deployment, ports, clock: s.clock };
  return { ...reader, session };
};
