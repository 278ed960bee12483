import { z } from 'zod';
import { strictBody } from '#local/cloud/runtime/body.ts';
import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Call, Route } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { parseBucketBody } from './bucket-body.ts';
import type { StoredBucket } from './model.ts';
import type { ObjectStore } from './objects.ts';
import { partial } from './partial.ts';
import { baseOf, delayed, intOf, preconditionsOf, textOf } from './query.ts';
import { bucketResource, notificationResource } from './resources.ts';

const BUCKET = '^(?:/storage/v1)?/b/(?<bucket>[^/]+)';
const METAGENERATION = ['ifMetagenerationMatch', 'ifMetagenerationNotMatch', 'projection', 'fields'];

const notificationBody = z.strictObject({
  topic: z.string(),
  event_types: z.array(z.string()).optional(),
  object_name_prefix: z.string().optional(),
  custom_attributes: z.record(z.string(), z.string()).optional(),
  payload_format: z.string().optional(),
  etag: z.unknown().optional(),
  id: z.unknown().optional(),
  kind: z.unknown().optional(),
  selfLink: z.unknown().optional(),
});

/** Buckets and their notification configurations: https://cloud.google.com/storage/docs/json_api/v1/buckets */
export const bucketRoutes = (world: World, store: ObjectStore): Route[] => {
  const shown = (bucket: StoredBucket, { headers, query }: Call) =>
    partial(bucketResource(bucket, world.project.number, baseOf(headers.host)), query.get('fields'));
  const bucketOf = ({ params }: Call): string => params.bucket ?? '';

  return [
    {
      method: 'POST',
      path: /^(?:\/storage\/v1)?\/b$/,
      query: ['project', 'projection', 'fields'],
      atDefault: { enableObjectRetention: 'false' },
      handle: (call) => {
        const { name, settings } = parseBucketBody(call.json());
        const project = call.query.get('project');
        if (project !== world.project.id && project !== world.project.number)
          throw new CloudError('INVALID_ARGUMENT', `Unknown project id: ${project}`);
        return delayed(world, 'storage.buckets.insert', name ?? '', () => ({
          body: shown(store.createBucket(call.caller, name ?? '', settings), call),
        }));
      },
    },
    {
      method: 'GET',
      path: /^(?:\/storage\/v1)?\/b$/,
      query: ['project', 'projection', 'fields', 'prefix', 'pageToken', 'maxResults'],
      handle: (call) =>
        delayed(world, 'storage.buckets.list', call.query.get('prefix') ?? '', () => {
          const { items, nextPageToken } = store.listBuckets(call.caller, {
            prefix: textOf(call.query, 'prefix'),
            pageToken: textOf(call.query, 'pageToken'),
            maxResults: intOf(call.query, 'maxResults'),
          });
          const base = baseOf(call.headers.host);
          const page = {
            kind: 'storage#buckets',
            ...(nextPageToken === undefined ? {} : { nextPageToken }),
            items: items.map((bucket) => bucketResource(bucket, world.project.number, base)),
          };
          return { body: partial(page, call.query.get('fields')) };
        }),
    },
    {
      method: 'GET',
      path: new RegExp(`${BUCKET}$`),
      query: METAGENERATION,
      handle: (call) =>
        delayed(world, 'storage.buckets.get', bucketOf(call), () => ({
          body: shown(store.getBucket(call.caller, bucketOf(call), preconditionsOf(call.query)), call),
        })),
    },
    {
      method: 'PATCH',
      path: new RegExp(`${BUCKET}$`),
      query: METAGENERATION,
      handle: (call) =>
        delayed(world, 'storage.buckets.patch', bucketOf(call), () => {
          const { settings } = parseBucketBody(call.json());
          const conditions = preconditionsOf(call.query);
          return { body: shown(store.patchBucket(call.caller, bucketOf(call), settings, conditions), call) };
        }),
    },
    {
      method: 'DELETE',
      path: new RegExp(`${BUCKET}$`),
      query: METAGENERATION,
      handle: (call) =>
        delayed(world, 'storage.buckets.delete', bucketOf(call), () => {
          store.deleteBucket(call.caller, bucketOf(call), preconditionsOf(call.query));
          return {};
        }),
    },
    {
      // gcloud asks before it moves or removes trees; answered for whoever may list, as there is no hierarchical namespace here.
      method: 'GET',
      path: new RegExp(`${BUCKET}/storageLayout$`),
      query: ['prefix', 'fields'],
      handle: (call) => {
        store.list(call.caller, bucketOf(call), { maxResults: 1 });
        const { location, locationType } = bucketResource(store.bucket(bucketOf(call)), world.project.number);
        const layout = { kind: 'storage#storageLayout', bucket: bucketOf(call), location, locationType };
        return { body: partial(layout, call.query.get('fields')) };
      },
    },
    {
      // gcloud asks before it removes a bucket. There are none, which is true of this store.
      method: 'GET',
      path: new RegExp(`${BUCKET}/managedFolders$`),
      query: ['prefix', 'pageSize', 'pageToken', 'fields'],
      handle: (call) => {
        store.list(call.caller, bucketOf(call), { maxResults: 1 });
        return { body: partial({ kind: 'storage#managedFolders' }, call.query.get('fields')) };
      },
    },
    {
      method: 'POST',
      path: new RegExp(`${BUCKET}/lockRetentionPolicy$`),
      query: ['ifMetagenerationMatch', 'fields'],
      handle: (call) =>
        delayed(world, 'storage.buckets.lockRetentionPolicy', bucketOf(call), () => {
          const metageneration = intOf(call.query, 'ifMetagenerationMatch');
          if (metageneration === undefined)
            throw new CloudError('INVALID_ARGUMENT', 'Required parameter: ifMetagenerationMatch', {
              reason: 'required',
            });
          return { body: shown(store.lockRetentionPolicy(call.caller, bucketOf(call), metageneration), call) };
        }),
    },
    {
      method: 'POST',
      path: new RegExp(`${BUCKET}/notificationConfigs$`),
      query: ['fields'],
      handle: (call) =>
        delayed(world, 'storage.notifications.insert', bucketOf(call), () => {
          const body = strictBody(notificationBody, call.json(), 'storage: notification');
          const config = store.createNotification(call.caller, bucketOf(call), {
            topic: body.topic,
            eventTypes: body.event_types,
            objectNamePrefix: body.object_name_prefix,
            customAttributes: body.custom_attributes,
            payloadFormat: body.payload_format,
          });
          return { body: notificationResource(config, bucketOf(call), baseOf(call.headers.host)) };
        }),
    },
    {
      method: 'GET',
      path: new RegExp(`${BUCKET}/notificationConfigs$`),
      query: ['fields'],
      handle: (call) =>
        delayed(world, 'storage.notifications.list', bucketOf(call), () => {
          const base = baseOf(call.headers.host);
          const items = store
            .listNotifications(call.caller, bucketOf(call))
            .map((config) => notificationResource(config, bucketOf(call), base));
          return { body: partial({ kind: 'storage#notifications', items }, call.query.get('fields')) };
        }),
    },
    {
      method: 'GET',
      path: new RegExp(`${BUCKET}/notificationConfigs/(?<id>[^/]+)$`),
      query: ['fields'],
      handle: (call) =>
        delayed(world, 'storage.notifications.get', bucketOf(call), () => {
          const config = store.getNotification(call.caller, bucketOf(call), call.params.id ?? '');
          return { body: notificationResource(config, bucketOf(call), baseOf(call.headers.host)) };
        }),
    },
    {
      method: 'DELETE',
      path: new RegExp(`${BUCKET}/notificationConfigs/(?<id>[^/]+)$`),
      query: [],
      handle: (call) =>
        delayed(world, 'storage.notifications.delete', bucketOf(call), () => {
          store.deleteNotification(call.caller, bucketOf(call), call.params.id ?? '');
          return {};
        }),
    },
  ];
};
