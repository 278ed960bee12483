import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

export interface Part {
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const invalid = (why: string): CloudError =>
  new CloudError('INVALID_ARGUMENT', `Malformed multipart body: ${why}`, { reason: 'badRequest' });

const partOf = (raw: Buffer, eol: string): Part => {
  const end = raw.indexOf(eol + eol);
  if (end < 0) throw invalid('a part without headers');
  const contentType = raw
    .subarray(0, end)
    .toString('latin1')
    .split(eol)
    .map((line) => /^content-type:\s*(.*)$/i.exec(line)?.[1])
    .find((value) => value !== undefined);
  return { contentType, body: raw.subarray(end + 2 * eol.length) };
};

/** The parts of a multipart/related body (RFC 2387). Lines end in CRLF, or, as Python clients write them, all in LF. */
export const parseMultipart = (contentType: string | undefined, body: Buffer): Part[] => {
  const boundary = /^multipart\/related\s*;.*\bboundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? '');
  const mark = boundary?.[1] ?? boundary?.[2] ?? boundary?.[3];
  if (mark === undefined) throw invalid('no boundary in the content type');
  const opening = `--${mark}`;
  const start = body.indexOf(opening);
  if (start < 0) throw invalid('the boundary does not occur');
  const eol = body[start + opening.length] === 0x0a ? '\n' : '\r\n';
  const parts: Part[] = [];
  for (let from = start + opening.length + eol.length; ; ) {
    const to = body.indexOf(`${eol}${opening}`, from);
    if (to < 0) throw invalid('it does not end with the boundary');
    parts.push(partOf(body.subarray(from, to), eol));
    const next = to + eol.length + opening.length;
    if (body.subarray(next, next + 2).toString('latin1') === '--') return parts;
    from = next + eol.length;
  }
};
