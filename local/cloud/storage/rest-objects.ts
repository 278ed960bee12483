import type { Call, Route } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { mediaReply } from './media.ts';
import { newObjectFields, parseObjectBody, type Which } from './object-fields.ts';
import type { ObjectStore } from './objects.ts';
import { partial } from './partial.ts';
import { baseOf, boolOf, delayed, intOf, PRECONDITIONS, preconditionsOf, textOf } from './query.ts';
import { objectResource } from './resources.ts';

const OBJECT = '/b/(?<bucket>[^/]+)/o/(?<object>[^/]+)';
const ONE = ['generation', ...PRECONDITIONS, 'projection', 'fields'];

interface Named {
  readonly bucket: string;
  readonly name: string;
  readonly detail: string;
}

const named = ({ params }: Call): Named => {
  const { bucket = '', object: name = '' } = params;
  return { bucket, name, detail: `${bucket}/${name}` };
};

const whichOf = ({ query }: Call): Which => ({
  generation: intOf(query, 'generation'),
  preconditions: preconditionsOf(query),
});

/** Objects, but for uploads: https://cloud.google.com/storage/docs/json_api/v1/objects */
export const objectRoutes = (world: World, store: ObjectStore): Route[] => {
  const shown = (object: ReturnType<ObjectStore['get']>, call: Call) =>
    partial(objectResource(object, store.bucket(object.bucket), baseOf(call.headers.host)), call.query.get('fields'));

  const copy = (call: Call, answer: (object: ReturnType<ObjectStore['get']>) => unknown) => {
    const { bucket, name } = named(call);
    const { toBucket = '', toObject = '' } = call.params;
    return delayed(world, 'storage.objects.insert', `${toBucket}/${toObject}`, () => {
      const body = parseObjectBody(call.json(), toBucket);
      const object = store.copy(
        call.caller,
        {
          bucket,
          name,
          generation: intOf(call.query, 'sourceGeneration'),
          preconditions: {
            ifGenerationMatch: intOf(call.query, 'ifSourceGenerationMatch'),
            ifMetagenerationMatch: intOf(call.query, 'ifSourceMetagenerationMatch'),
          },
          maxBytes: intOf(call.query, 'maxBytesRewrittenPerCall'),
        },
        { bucket: toBucket, name: toObject, preconditions: preconditionsOf(call.query) },
        Object.keys(Object(call.json())).length === 0 ? undefined : newObjectFields(body),
      );
      return { body: answer(object) };
    });
  };
  const copyQuery = [
    'sourceGeneration',
    'maxBytesRewrittenPerCall',
    ...PRECONDITIONS,
    'ifSourceGenerationMatch',
    'ifSourceMetagenerationMatch',
    'projection',
    'fields',
  ];

  const download = (call: Call) => {
    const { bucket, name, detail } = named(call);
    return delayed(world, 'storage.objects.get', detail, () =>
      mediaReply(store.read(call.caller, bucket, name, whichOf(call)), call.headers),
    );
  };

  return [
    {
      method: 'GET',
      path: /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o$/,
      query: [
        'prefix',
        'delimiter',
        'versions',
        'pageToken',
        'maxResults',
        'startOffset',
        'endOffset',
        // There are no managed folders here that it could add.
        'includeFoldersAsPrefixes',
        'projection',
        'fields',
      ],
      handle: (call) => {
        const { bucket } = named(call);
        return delayed(world, 'storage.objects.list', `${bucket}/${call.query.get('prefix') ?? ''}`, () => {
          const { items, prefixes, nextPageToken } = store.list(call.caller, bucket, {
            prefix: textOf(call.query, 'prefix'),
            delimiter: textOf(call.query, 'delimiter'),
            versions: boolOf(call.query, 'versions'),
            pageToken: textOf(call.query, 'pageToken'),
            maxResults: intOf(call.query, 'maxResults'),
            startOffset: textOf(call.query, 'startOffset'),
            endOffset: textOf(call.query, 'endOffset'),
          });
          const base = baseOf(call.headers.host);
          const page = {
            kind: 'storage#objects',
            ...(nextPageToken === undefined ? {} : { nextPageToken }),
            ...(prefixes.length === 0 ? {} : { prefixes }),
            ...(items.length === 0
              ? {}
              : { items: items.map((object) => objectResource(object, store.bucket(bucket), base)) }),
          };
          return { body: partial(page, call.query.get('fields')) };
        });
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^(?:/storage/v1)?${OBJECT}$`),
      query: ONE,
      handle: (call) => {
        if (call.query.get('alt') === 'media') return download(call);
        const { bucket, name, detail } = named(call);
        return delayed(world, 'storage.objects.get', detail, () => ({
          body: shown(store.get(call.caller, bucket, name, whichOf(call)), call),
        }));
      },
    },
    { method: 'GET', path: new RegExp(`^/download/storage/v1${OBJECT}$`), query: ONE, handle: download },
    {
      method: 'PATCH',
      path: new RegExp(`^(?:/storage/v1)?${OBJECT}$`),
      query: ONE,
      handle: (call) => {
        const { bucket, name, detail } = named(call);
        return delayed(world, 'storage.objects.patch', detail, () => ({
          body: shown(
            store.patchObject(call.caller, bucket, name, parseObjectBody(call.json(), bucket), whichOf(call)),
            call,
          ),
        }));
      },
    },
    {
      method: 'DELETE',
      path: new RegExp(`^(?:/storage/v1)?${OBJECT}$`),
      query: ONE,
      // nodejs-storage hands on the options of its own listing. No deletion means anything by them.
      atDefault: { versions: 'true', force: 'true' },
      handle: (call) => {
        const { bucket, name, detail } = named(call);
        return delayed(world, 'storage.objects.delete', detail, () => {
          store.delete(call.caller, bucket, name, whichOf(call));
          return {};
        });
      },
    },
    {
      method: 'POST',
      path: new RegExp(`^(?:/storage/v1)?${OBJECT}/rewriteTo/b/(?<toBucket>[^/]+)/o/(?<toObject>[^/]+)$`),
      query: copyQuery,
      handle: (call) =>
        copy(call, (object) => {
          const resource = objectResource(object, store.bucket(object.bucket), baseOf(call.headers.host));
          const size = String(object.size);
          const answer = {
            kind: 'storage#rewriteResponse',
            totalBytesRewritten: size,
            objectSize: size,
            done: true,
            resource,
          };
          return partial(answer, call.query.get('fields'));
        }),
    },
    {
      method: 'POST',
      path: new RegExp(`^(?:/storage/v1)?${OBJECT}/copyTo/b/(?<toBucket>[^/]+)/o/(?<toObject>[^/]+)$`),
      query: copyQuery,
      handle: (call) => copy(call, (object) => shown(object, call)),
    },
  ];
};
