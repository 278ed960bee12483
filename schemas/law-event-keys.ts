import { z } from 'zod';
import { cryptoKeyOf, EVENT_KEY_ALGORITHM, type EventKey, eventKeyPoint, isEventKeyVersion } from './event-keys.ts';
import { name, spelled } from './spellings.ts';

const eventKey: z.ZodType<EventKey> = z
  .strictObject({
    name: spelled(name),
    version: z.string().refine(isEventKeyVersion, 'must be the full resource name of a CryptoKeyVersion'),
    publicKey: z
      .string()
      .refine(
        (text) => eventKeyPoint(text) !== undefined,
        `must be the public key of an ${EVENT_KEY_ALGORITHM} key: SubjectPublicKeyInfo in DER, in base64 on one line`,
      ),
  })
  .readonly();

const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** The first one signs; a signature of either counts. Two of them only while one follows the other. */
export const eventKeys = z
  .array(eventKey)
  .min(1)
  .max(2, 'at most two: the one that signs, and while they change the one before or after it')
  .refine((keys) => distinct(keys.map((one) => one.name)), 'two event keys have one name')
  .refine((keys) => distinct(keys.map(({ version }) => version)), 'a version stands twice')
  .refine((keys) => distinct(keys.map(({ publicKey }) => publicKey)), 'a public key stands twice')
  .refine(
    (keys) => new Set(keys.map(({ version }) => cryptoKeyOf(version))).size === 1,
    'both must be versions of one CryptoKey: the right to sign is on the key',
  );
