import { bytes, int, message, text } from './fields.ts';
import { type Operation, operation } from './operation.ts';
import { schemaShape } from './shapes.ts';
import { printSchema } from './to-wire.ts';

const page = { pageSize: int, pageToken: text };
const schema = schemaShape.optional().transform((given) => given ?? { name: '', type: '', definition: '' });

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#schemaservice */
export const schemaOperations: Readonly<Record<string, Operation>> = {
  CreateSchema: operation(
    'schemas.create',
    message({ parent: text, schema, schemaId: text }),
    ({ schemaId }) => schemaId,
    ({ topics, caller, encode }, request) =>
      printSchema(
        encode,
        topics.schemas.create(caller, `${request.parent}/schemas/${request.schemaId}`, request.schema),
        'FULL',
      ),
  ),
  CommitSchema: operation(
    'schemas.commit',
    message({ name: text, schema }),
    ({ name }) => name,
    ({ topics, caller, encode }, request) =>
      printSchema(encode, topics.schemas.commit(caller, request.name, request.schema), 'FULL'),
  ),
  GetSchema: operation(
    'schemas.get',
    message({ name: text, view: text }),
    ({ name }) => name,
    ({ topics, caller, encode }, { name, view }) => printSchema(encode, topics.schemas.get(caller, name), view),
  ),
  ListSchemas: operation(
    'schemas.list',
    message({ parent: text, view: text, ...page }),
    ({ parent }) => parent,
    ({ topics, caller, encode }, { parent, view, ...rest }) => {
      const { items, nextPageToken } = topics.schemas.list(caller, parent, rest);
      const shown = view === 'FULL' ? 'FULL' : 'BASIC';
      return { schemas: items.map((item) => printSchema(encode, item, shown)), nextPageToken };
    },
  ),
  ListSchemaRevisions: operation(
    'schemas.listRevisions',
    message({ name: text, view: text }),
    ({ name }) => name,
    ({ topics, caller, encode }, { name, view }) => {
      const shown = view === 'FULL' ? 'FULL' : 'BASIC';
      return { schemas: topics.schemas.listRevisions(caller, name).map((item) => printSchema(encode, item, shown)) };
    },
  ),
  DeleteSchema: operation(
    'schemas.delete',
    message({ name: text }),
    ({ name }) => name,
    ({ topics, caller }, { name }) => {
      topics.schemas.delete(caller, name);
      return {};
    },
  ),
  ValidateSchema: operation(
    'schemas.validate',
    message({ parent: text, schema }),
    ({ parent }) => parent,
    ({ topics, caller }, request) => {
      topics.schemas.validateSchema(caller, request.parent, request.schema);
      return {};
    },
  ),
  ValidateMessage: operation(
    'schemas.validateMessage',
    message({ parent: text, name: text, schema: schemaShape.optional(), message: bytes, encoding: text }),
    ({ parent }) => parent,
    ({ topics, caller }, request) => {
      const { parent, name, schema: given, encoding } = request;
      topics.schemas.validateMessage(caller, parent, given ?? name, encoding, Buffer.from(request.message));
      return {};
    },
  ),
};
