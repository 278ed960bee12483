import { describe, expect, it } from 'vitest';
import type { Instances } from '#local/cloud/compute/instances.ts';
import { body, lab, launch, thrown, ZONE } from '#test/support/local/compute.ts';

describe('instances.list', () => {
  const filled = () => {
    const { instances, clock, machines } = lab();
    for (const [name, wallet] of [
      ['vm-c', 'savings'],
      ['vm-a', 'treasury'],
      ['vm-b', 'treasury'],
    ])
      instances.insert(launch, ZONE, body({ name, labels: { wallet } }));
    clock.advance(13_000);
    machines.exit('vm-b', 0);
    clock.advance(125_000);
    return (options: Parameters<Instances['list']>[2]) => instances.list(launch, ZONE, options);
  };
  const names = ({ items }: ReturnType<Instances['list']>) => items.map(({ name }) => name);

  it('gives pages by name', () => {
    const list = filled();
    const first = list({ maxResults: '2' });
    expect(names(first)).toEqual(['vm-a', 'vm-b']);
    const second = list({ maxResults: '2', ...first, pageToken: first.nextPageToken ?? '' });
    expect(names(second)).toEqual(['vm-c']);
    expect(second.nextPageToken).toBeUndefined();
  });

  it.each([
    ['name=vm-b', ['vm-b']],
    ['name = "vm-b"', ['vm-b']],
    ['labels.wallet=treasury', ['vm-a', 'vm-b']],
    ['status=TERMINATED', ['vm-b']],
    ['(labels.wallet=treasury) (status=RUNNING)', ['vm-a']],
    ['(labels.wallet=treasury) AND (status=RUNNING)', ['vm-a']],
    ['labels.wallet=treasury AND status=RUNNING', ['vm-a']],
    ['labels.constructor=x', []],
  ])('takes the filter %s', (filter, expected) => {
    expect(names(filled()({ filter }))).toEqual(expected);
  });

  it.each([
    ['name!=vm-b'],
    ['name eq vm-.*'],
    ['labels.wallet:*'],
    ['name=vm-a OR name=vm-b'],
    ['(name=vm-a) OR (name=vm-b)'],
    ['creationTimestamp=2026'],
  ])('refuses the filter %s by name', (filter) => {
    const error = thrown(() => filled()({ filter }));
    expect(error.status).toBe('UNIMPLEMENTED');
    expect(error.message).toMatch(/compute: filter/);
  });

  it.each([
    [{ maxResults: '501' }, /maxResults/],
    [{ maxResults: '-1' }, /maxResults/],
    [{ pageToken: '%%' }, /pageToken/],
  ])('refuses %j', (options, message) => {
    const error = thrown(() => filled()(options));
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });
});
