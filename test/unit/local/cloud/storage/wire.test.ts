import { describe, expect, it } from 'vitest';
import { parseHashHeader } from '#local/cloud/storage/checksums.ts';
import { parseRange } from '#local/cloud/storage/media.ts';
import { parseMultipart } from '#local/cloud/storage/multipart.ts';
import { parseObjectBody } from '#local/cloud/storage/object-fields.ts';
import { partial } from '#local/cloud/storage/partial.ts';
import { parseContentRange } from '#local/cloud/storage/sessions.ts';
import { expectRefusal } from '#test/contract/support-storage.ts';

describe('multipart bodies', () => {
  const type = 'multipart/related; boundary="=x="';
  it.each([
    [undefined, '', 'no boundary'],
    ['application/json', '{}', 'no boundary'],
    [type, 'nothing', 'does not occur'],
    [type, '--=x=\r\ncontent-type: a\r\n\r\nbytes', 'does not end'],
    [type, '--=x=\r\nno headers\r\n--=x=--', 'without headers'],
  ])('%s %j is refused', (contentType, body, message) => {
    expectRefusal(() => parseMultipart(contentType, Buffer.from(body)), 400, 'badRequest', message);
  });

  it.each(['\r\n', '\n'])('are split with lines that end in %j, bytes untouched', (eol) => {
    const bytes = Buffer.from([13, 10, 10, 0, 255, 45, 45, 13, 10]);
    const body = Buffer.concat([
      Buffer.from(
        ['--=x=', 'Content-Type: application/json', '', '{}', '--=x=', 'content-type: a/b', '', ''].join(eol),
      ),
      bytes,
      Buffer.from(`${eol}--=x=--`),
    ]);
    expect(parseMultipart(type, body)).toEqual([
      { contentType: 'application/json', body: Buffer.from('{}') },
      { contentType: 'a/b', body: bytes },
    ]);
  });
});

describe('headers', () => {
  it.each([
    ['bytes=0-4', { from: 0, to: 4 }],
    ['bytes=2-', { from: 2, to: 9 }],
    ['bytes=5-99', { from: 5, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-99', { from: 0, to: 9 }],
    [undefined, undefined],
  ])('Range %s of 10 bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it('Range outside the object, or of a kind not served, is refused', () => {
    expectRefusal(() => parseRange('bytes=10-', 10), 416, 'requestedRangeNotSatisfiable', 'not satisfiable');
    expectRefusal(() => parseRange('bytes=-0', 10), 416, 'requestedRangeNotSatisfiable', 'not satisfiable');
    expectRefusal(() => parseRange('bytes=0-1,3-4', 10), 400, 'notImplemented', 'Range');
  });

  it.each([
    [undefined, 5, { from: 0, to: 4, total: 5 }],
    ['bytes 0-*/*', 5, { from: 0, to: 4, total: 5 }],
    ['bytes 0-*/*', 0, { from: 0, to: -1, total: 0 }],
    ['bytes 5-9/*', 5, { from: 5, to: 9, total: undefined }],
    ['bytes 5-9/10', 5, { from: 5, to: 9, total: 10 }],
    ['bytes */10', 0, { from: undefined, to: undefined, total: 10 }],
    ['bytes */*', 0, { from: undefined, to: undefined, total: undefined }],
  ])('Content-Range %s with %d bytes', (header, length, expected) => {
    expect(parseContentRange(header, length)).toEqual(expected);
  });

  it.each(['bytes', 'bytes 0-4', 'bytes 4-0/*', 'bytes 0-9/10', 'items 0-4/5'])(
    'Content-Range %s with 5 bytes is refused',
    (header) => {
      expectRefusal(() => parseContentRange(header, 5), 400, 'invalid', 'Content-Range');
    },
  );

  it('x-goog-hash takes crc32c and md5 and nothing else', () => {
    expect(parseHashHeader('crc32c=AAAAAA==,md5=x==')).toEqual({ crc32c: 'AAAAAA==', md5: 'x==' });
    expectRefusal(() => parseHashHeader('sha256=x'), 400, 'invalid', 'sha256');
  });
});

describe('partial answers', () => {
  const page = { kind: 'k', items: [{ name: 'a', size: '1', metadata: { x: '1', y: '2' } }], nextPageToken: 't' };
  it.each([
    ['items(name,size),nextPageToken', { items: [{ name: 'a', size: '1' }], nextPageToken: 't' }],
    ['items/name,items/metadata/x', { items: [{ name: 'a', metadata: { x: '1' } }] }],
    ['items/*', { items: page.items }],
    ['nothing', {}],
  ])('%s', (fields, expected) => {
    expect(partial(page, fields)).toEqual(expected);
  });
  it.each(['a(', 'a,', '(', 'a)', 'a//b', 'a b'])('%j is refused', (fields) => {
    expectRefusal(() => partial(page, fields), 400, 'invalidParameter', 'field selection');
  });
});

describe('object resources', () => {
  it.each([
    [{ acl: [] }, 400, 'notImplemented', 'acl'],
    [{ temporaryHold: true }, 400, 'notImplemented', 'temporaryHold'],
    [{ retention: {} }, 400, 'notImplemented', 'retention'],
    [{ storageClass: 'NEARLINE' }, 400, 'notImplemented', 'NEARLINE'],
    [{ bucket: 'other' }, 400, 'invalid', 'other'],
    [{ metadata: { a: 1 } }, 400, 'invalid', 'metadata'],
    [[], 400, 'invalid', 'object'],
  ] as const)('%j is refused by name', (body, http, reason, message) => {
    expectRefusal(() => parseObjectBody(body, 'lab'), http, reason, message);
  });
});
