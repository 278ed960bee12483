import type { Storage as Client } from '@google-cloud/storage';
import { crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { isExists } from '#adapters/calls/error-facts.ts';
import type { StoredObject } from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseObject } from './request.ts';

/**
 * One upload in one request, only where the name has no live generation (`taken` otherwise).
 * https://cloud.google.com/storage/docs/json_api/v1/objects/insert
 */
export const upload = async (
  client: Client,
  { bucket, name }: { readonly bucket: string; readonly name: string },
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): Promise<StoredObject | 'taken'> => {
  const file = client.bucket(bucket).file(name);
  const crc32c = crc32cBase64(bytes);
  try {
    await file.save(Buffer.from(bytes), {
      resumable: false,
      // The server checks the CRC32C given with the object. The client's own check comes after the fact, and then deletes.
      validation: false,
      preconditionOpts: { ifGenerationMatch: 0 },
      contentType: name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
      metadata: { crc32c, metadata: { ...metadata } },
    });
  } catch (error) {
    if (isExists(error)) return 'taken';
    throw error;
  }
  const found = parseObject(file.metadata);
  if (found.crc32c !== crc32c)
    throw new KeyturnError('CHECKSUM_MISMATCH', `storage: create gs://${bucket}/${name}: stored other bytes`);
  return found.object;
};

/**
 * The stored bytes of exactly this generation, whatever content-encoding somebody put on them; never more than its size and a chunk.
 * https://cloud.google.com/storage/docs/json_api/v1/objects/get
 */
export const download = async (client: Client, object: StoredObject, signal: AbortSignal): Promise<Uint8Array> => {
  const file = client.bucket(object.bucket).file(object.name, { generation: object.generation });
  const stream = file.createReadStream({ decompress: false, validation: false });
  signal.addEventListener('abort', () => stream.destroy(), { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > object.size) break;
  }
  return Buffer.concat(chunks);
};
