import { CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '#schemas/event-types.ts';
import { type Announcement, messageOf } from '#schemas/events.ts';
import { ANNOUNCEMENTS, COMMITTED } from '#test/support/announcements.ts';

/**
 * The CloudEvents SDK as the oracle of what a consumer makes of our messages. The bindings to Pub/Sub and to HTTP in binary mode name the
 * attributes alike (https://github.com/googleapis/google-cloudevents/blob/main/docs/spec/pubsub.md,
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md), so that the SDK reads both.
 */
const read = (announcement: Announcement): CloudEvent<unknown> => {
  const { data, attributes } = messageOf(announcement, COMMITTED);
  const event = HTTP.toEvent<unknown>({ headers: { ...attributes }, body: new TextDecoder().decode(data) });
  if (!(event instanceof CloudEvent)) throw new Error('no event of the SDK');
  return event;
};

const named = ANNOUNCEMENTS.map(
  (each) => [each.type, each.topic, each.subject === '' ? 'no subject' : 'its id', each] as const,
);

describe('the CloudEvents SDK', () => {
  test.each(named)('reads %s on %s, of %s, as what it is', (_type, _topic, _subject, announcement) => {
    const event = read(announcement);
    expect(event.validate()).toBe(true);
    expect(event.toJSON()).toMatchObject({
      id: 'lab-results/requests/x/y.json',
      specversion: '1.0',
      type: announcement.type,
      source: '//storage.googleapis.com/projects/_/buckets/lab-results',
      time: '2026-11-22T00:00:00.000Z',
      datacontenttype: 'application/json',
      data: { ...announcement.body, eventId: 'lab-results/requests/x/y.json' },
    });
    expect(event.subject).toBe(announcement.subject === '' ? undefined : announcement.subject);
  });

  test.each(named)(
    'writes %s on %s, of %s, under the attributes that we write',
    (_type, _topic, _subject, announcement) => {
      const { attributes } = messageOf(announcement, COMMITTED);
      const { wallet: _wallet, requester: _requester, 'ce-time': time = '', ...ours } = attributes;
      const { 'ce-time': theirs, ...written } = HTTP.binary(read(announcement)).headers;
      expect(written).toEqual(ours);
      expect(Date.parse(String(theirs))).toBe(Date.parse(time));
    },
  );
});

test('each type of event is read here', () => {
  expect(new Set(ANNOUNCEMENTS.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENT_TYPES)));
});
