import { readKeptLaw } from '#core/facts/kept-laws.ts';
import { listAll } from '#core/facts/store.ts';
import { LAW_FOLDER, lawHashOf } from '#schemas/names.ts';
import { type Check, each, ok, warned, wrong } from './finding.ts';

/** Whether the law in force can be read by its hash in years, and whether each kept law is the one of its name. */
export const lawChecks: readonly Check[] = [
  {
    area: 'kept laws',
    look: async ({ deployment, ports }) => {
      const { results } = deployment.buckets;
      const storage = await ports.storage();
      const names = (await listAll(storage, results, LAW_FOLDER)).map(({ name }) => name);
      const found = await each(
        names,
        (name) => ({ name: `gs://${results}/${name}`, needs: 'storage.objects.get' }),
        async (name) => {
          const hash = lawHashOf(name);
          const kept = hash === undefined ? undefined : await readKeptLaw(storage, results, hash);
          if (kept !== undefined) return [];
          return [
            wrong(
              `gs://${results}/${name} is not the law of that hash`,
              'Find out who put it there. Nobody takes it for a law. Delete it, and the law can be kept.',
            ),
          ];
        },
      );
      const { lawHash } = deployment.config;
      const kept = (await readKeptLaw(storage, results, lawHash)) !== undefined;
      return [
        ...found,
        kept
          ? ok(`the law in force is kept; ${names.length} in all`)
          : warned(
              `the law in force, ${lawHash}, is not kept: its receipts cannot be audited`,
              'The function reconcile keeps it within minutes of its deployment. If it does not, look at its log.',
            ),
      ];
    },
  },
];
