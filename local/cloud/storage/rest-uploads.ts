import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Call, Reply, Route } from '#local/cloud/runtime/http.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import { parseHashHeader } from './checksums.ts';
import type { StoredObject } from './model.ts';
import { parseMultipart } from './multipart.ts';
import { type InsertOptions, newObjectFields, type ObjectBody, parseObjectBody } from './object-fields.ts';
import type { ObjectStore } from './objects.ts';
import { partial } from './partial.ts';
import { baseOf, delayed, PRECONDITIONS, preconditionsOf } from './query.ts';
import { objectResource } from './resources.ts';
import { parseContentRange, receive, type Session, Sessions } from './sessions.ts';

const UPLOAD = /^(?:\/resumable)?\/upload\/storage\/v1\/b\/(?<bucket>[^/]+)\/o$/;
const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

const parseBody = (text: Buffer): unknown => {
  try {
    return text.length === 0 ? {} : JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw new CloudError('INVALID_ARGUMENT', 'Metadata part is not valid JSON.', { cause });
  }
};

/** Name and options of an insert from its resource, its query parameters and headers; a header never overrules the resource. */
const insertOf = (call: Call, body: ObjectBody, contentType: string | undefined) => {
  const sent = parseHashHeader(header(call.headers['x-goog-hash']));
  const fields = newObjectFields(body);
  const options: InsertOptions = {
    ...fields,
    contentType: fields.contentType ?? contentType,
    contentEncoding: fields.contentEncoding ?? call.query.get('contentEncoding') ?? undefined,
    crc32c: body.crc32c ?? sent.crc32c,
    md5: body.md5 ?? sent.md5,
    preconditions: preconditionsOf(call.query),
  };
  return { name: call.query.get('name') ?? body.name ?? '', options };
};

/** Uploads in their three forms: https://cloud.google.com/storage/docs/uploads-downloads#uploads */
export const uploadRoutes = (world: World, store: ObjectStore): Route[] => {
  const sessions = new Sessions(world);
  const shown = (object: StoredObject, call: Call, fields: string | null) =>
    partial(objectResource(object, store.bucket(object.bucket), baseOf(call.headers.host)), fields);

  const insert = (call: Call, bytes: Buffer, body: ObjectBody, contentType: string | undefined) => {
    const bucket = call.params.bucket ?? '';
    const { name, options } = insertOf(call, body, contentType);
    return delayed(world, 'storage.objects.insert', `${bucket}/${name}`, () => ({
      status: 200,
      body: shown(store.insert(call.caller, bucket, name, bytes, options), call, call.query.get('fields')),
    }));
  };

  const multipart = (call: Call) => {
    const parts = parseMultipart(call.headers['content-type'], call.body);
    const [resource, media] = parts;
    if (parts.length !== 2 || resource === undefined || media === undefined)
      throw new CloudError('INVALID_ARGUMENT', 'A multipart upload has exactly two parts.');
    const body = parseObjectBody(parseBody(resource.body), call.params.bucket ?? '');
    return insert(call, media.body, body, media.contentType);
  };

  const start = (call: Call): Reply => {
    const bucket = call.params.bucket ?? '';
    const body = parseObjectBody(call.json(), bucket);
    const { name, options } = insertOf(call, body, header(call.headers['x-upload-content-type']));
    store.checkInsert(call.caller, bucket, name, options.preconditions);
    const fields = call.query.get('fields');
    const id = sessions.start({ caller: call.caller, bucket, name, options, fields });
    const location = `${baseOf(call.headers.host)}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?uploadType=resumable&upload_id=${id}`;
    return { status: 200, headers: { location, 'x-guploader-uploadid': id }, body: '' };
  };

  const incomplete = (session: Session): Reply => ({
    status: 308,
    headers: session.received.length === 0 ? {} : { range: `bytes=0-${session.received.length - 1}` },
    body: '',
  });

  const put = (call: Call): Reply | Promise<Reply> => {
    const session = sessions.get(call.query.get('upload_id') ?? '');
    const { bucket, name, options } = session;
    if (session.done !== undefined) return { body: shown(session.done, call, session.fields) };
    const range = parseContentRange(header(call.headers['content-range']), call.body.length);
    if (!receive(session, range, call.body)) return incomplete(session);
    const sent = parseHashHeader(header(call.headers['x-goog-hash']));
    return delayed(world, 'storage.objects.insert', `${bucket}/${name}`, () => {
      const sums = { crc32c: options.crc32c ?? sent.crc32c, md5: options.md5 ?? sent.md5 };
      const onStored = (object: StoredObject) => {
        session.done = object;
      };
      const object =
        session.done ?? store.insert(session.caller, bucket, name, session.received, { ...options, ...sums, onStored });
      return { status: 200, body: shown(object, call, session.fields) };
    });
  };

  return [
    {
      method: 'POST',
      path: UPLOAD,
      query: ['name', 'contentEncoding', ...PRECONDITIONS, 'projection', 'fields'],
      headers: ['x-goog-hash'],
      handle: (call) => {
        const uploadType = call.query.get('uploadType');
        if (uploadType === 'multipart') return multipart(call);
        if (uploadType === 'resumable') return start(call);
        if (uploadType === 'media') return insert(call, call.body, {}, call.headers['content-type']);
        throw new CloudError('INVALID_ARGUMENT', `Invalid uploadType: ${uploadType}`);
      },
    },
    // No bearer here: clients send none, the session's address is the secret, and its caller's rights are looked at again at the end.
    {
      method: 'PUT',
      path: UPLOAD,
      query: ['upload_id', 'name', ...PRECONDITIONS, 'fields'],
      headers: ['x-goog-hash'],
      open: true,
      handle: put,
    },
    {
      method: 'DELETE',
      path: UPLOAD,
      query: ['upload_id'],
      open: true,
      handle: (call) => {
        sessions.cancel(call.query.get('upload_id') ?? '');
        return { status: 499, body: '' };
      },
    },
  ];
};
