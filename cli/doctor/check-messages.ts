import { readFile } from 'node:fs/promises';
import { countDeadLetters } from '#cli/operate/dead-letters.ts';
import { canonicalText, type Json } from '#schemas/canonical.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { Topics } from '#schemas/names.ts';
import { type Check, type Found, ok, unread, warned, wrong } from './finding.ts';

/** Topics with a schema, by the file that holds it. */
const SCHEMAS = {
  transactionRequests: 'transaction-requests',
  requestEvents: 'request-events',
  approved: 'approved',
  submitted: 'submitted',
  receipts: 'receipts',
} as const satisfies Partial<Record<keyof Topics, string>>;

const ours = async (file: string): Promise<string> =>
  readFile(new URL(`../../schemas/${file}.avsc`, import.meta.url), 'utf8');

/** The same schema, however it is spaced and in whatever order its keys stand. */
const sameSchema = (a: string, b: string): boolean => {
  try {
    const text = (definition: string) => canonicalText(JSON.parse(definition) as Json);
    return text(a) === text(b);
  } catch {
    return false;
  }
};

const schemas: Check = {
  area: 'schemas',
  look: async ({ deployment, ports }) => {
    const inspector = await ports.inspector();
    const todo = 'Apply Terraform from this version of the project, or use the version that is deployed.';
    const looked = Object.entries(SCHEMAS).map(async ([key, file]): Promise<Found> => {
      const topic = Object.entries(deployment.topics).find(([name]) => name === key)?.[1] ?? '';
      try {
        const definition = await inspector.schemaOf(topic);
        if (definition === undefined) return wrong(`${topic} has no schema`, todo);
        return sameSchema(definition, await ours(file))
          ? ok(`${topic} has schemas/${file}.avsc`)
          : wrong(`the schema of ${topic} is not schemas/${file}.avsc`, todo);
      } catch (error) {
        if (isKeyturnError(error, 'NOT_FOUND')) return wrong(`there is no topic ${topic}`, 'terraform apply makes it.');
        if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
        return unread(`the schema of ${topic}`, 'pubsub.topics.get and pubsub.schemas.get (roles/pubsub.viewer)');
      }
    });
    return Promise.all(looked);
  },
};

const deadLetters: Check = {
  area: 'dead letters',
  look: async ({ deployment, ports, commandLine }) => {
    const count = await countDeadLetters(await ports.lessor(), deployment);
    return [
      count === 0
        ? ok('none')
        : warned(
            `${count} messages could not be processed`,
            `${commandLine('dead-letters')} shows them, ${commandLine('redrive --all')} puts them back.`,
          ),
    ];
  },
};

export const messageChecks: readonly Check[] = [schemas, deadLetters];
