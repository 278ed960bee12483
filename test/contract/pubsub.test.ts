import { describe, it } from 'vitest';
import { emulatorBackend, findEmulatorJar, ourBackend, realBackend } from './pubsub-backends.ts';
import { deliveryCases } from './pubsub-cases-delivery.ts';
import { resourceCases } from './pubsub-cases-resources.ts';
import { runSuite } from './pubsub-suite.ts';

const cases = [...resourceCases, ...deliveryCases];

runSuite('ours', ourBackend, cases);

const jar = await findEmulatorJar();
if (jar === undefined)
  describe('Pub/Sub (emulator)', () => {
    it.skip('SKIPPED: java or the emulator of gcloud (component pubsub-emulator) is not here', () => {});
  });
else runSuite('emulator', () => emulatorBackend(jar), cases);

const project = process.env.KEYTURN_TEST_PROJECT;
if (project === undefined)
  describe('Pub/Sub (real)', () => {
    it.skip('SKIPPED: KEYTURN_TEST_PROJECT names no project', () => {});
  });
else runSuite('real', () => realBackend(project), cases);
