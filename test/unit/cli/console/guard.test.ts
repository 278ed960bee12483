import { describe, expect, test } from 'vitest';
import { judge } from '#cli/console/guard.ts';

const HOST = '127.0.0.1:4711';
const OPENED = {
  Host: HOST,
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
};
const LOADED = {
  Host: HOST,
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'script',
};
const CALLED = {
  Host: HOST,
  Origin: `http://${HOST}`,
  'Content-Type': 'application/json',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'empty',
};

type Headers = Readonly<Record<string, string | undefined>>;

const judged = (method: string, target: string, headers: Headers, more: readonly string[] = []) =>
  judge(
    {
      method,
      target,
      rawHeaders: [
        ...Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
        ...more,
      ],
    },
    HOST,
  );

describe('what a browser of ours sends is let in', () => {
  test.each([
    ['a link that was typed', 'GET', '/', OPENED, { kind: 'file', name: 'index.html' }],
    [
      'a link on another page',
      'GET',
      '/',
      { ...OPENED, 'Sec-Fetch-Site': 'cross-site' },
      { kind: 'file', name: 'index.html' },
    ],
    ['the script', 'GET', '/app.js', LOADED, { kind: 'file', name: 'app.js' }],
    [
      'the style',
      'GET',
      '/app.css',
      { ...LOADED, 'Sec-Fetch-Dest': 'style', 'Sec-Fetch-Mode': 'no-cors' },
      { kind: 'file', name: 'app.css' },
    ],
    ['a call', 'POST', '/api/queue', CALLED, { kind: 'call', name: 'queue' }],
    ['the stream', 'POST', '/api/events', CALLED, { kind: 'call', name: 'events' }],
  ] as const)('%s', (_, method, target, headers, wanted) => {
    expect(judged(method, target, headers)).toEqual(wanted);
  });
});

describe('a rebound or a foreign name', () => {
  test.each([
    'localhost:4711',
    'evil.example:4711',
    'evil.example',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:47110',
    '127.0.0.2:4711',
    '[::1]:4711',
    '127.1:4711',
    '2130706433:4711',
    '127.0.0.1:4711.evil.example',
    'user@127.0.0.1:4711',
    '',
    undefined,
  ])('threat 103: Host %s is answered with nothing', (host) => {
    expect(judged('GET', '/', { ...OPENED, Host: host })).toMatchObject({ kind: 'refused', status: 421 });
    expect(judged('POST', '/api/queue', { ...CALLED, Host: host })).toMatchObject({ kind: 'refused', status: 421 });
  });
});

describe('another site', () => {
  test.each([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Origin', 'http://localhost:4711'],
    ['Origin', 'http://127.0.0.1'],
    ['Origin', `https://${HOST}`],
    ['Origin', `http://${HOST}/`],
    ['Origin', undefined],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', 'none'],
    ['Sec-Fetch-Site', undefined],
    ['Sec-Fetch-Mode', 'no-cors'],
    ['Sec-Fetch-Mode', 'navigate'],
    ['Sec-Fetch-Mode', undefined],
    ['Sec-Fetch-Dest', 'document'],
    ['Sec-Fetch-Dest', undefined],
  ])('threat 103: a call with %s %s is refused', (name, value) => {
    expect(judged('POST', '/api/approve', { ...CALLED, [name]: value })).toMatchObject({
      kind: 'refused',
      status: 403,
    });
  });

  test.each([
    ['a frame', '/', { ...OPENED, 'Sec-Fetch-Dest': 'iframe' }],
    ['an object', '/', { ...OPENED, 'Sec-Fetch-Dest': 'object' }],
    ['a fetch', '/', { ...OPENED, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'empty' }],
    ['a fetch that claims to be a page', '/', { ...OPENED, 'Sec-Fetch-Mode': 'cors' }],
    ['a program without a browser', '/', { Host: HOST }],
    ['a page that sends a form', '/', { ...OPENED, Origin: 'https://evil.example' }],
    ['the script on another page', '/app.js', { ...LOADED, 'Sec-Fetch-Site': 'cross-site' }],
    ['the script as a page', '/app.js', OPENED],
    ['the style as an image', '/app.css', { ...LOADED, 'Sec-Fetch-Dest': 'image' }],
  ] as const)('threat 103: %s is refused', (_, target, headers) => {
    expect(judged('GET', target, headers)).toMatchObject({ kind: 'refused', status: 403 });
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-8',
    'Application/json',
    '',
    undefined,
  ])('threat 103: a body of %s is refused', (type) => {
    expect(judged('POST', '/api/queue', { ...CALLED, 'Content-Type': type })).toMatchObject({ status: 415 });
  });

  test('a body that is packed is refused', () => {
    expect(judged('POST', '/api/queue', { ...CALLED, 'Content-Encoding': 'gzip' })).toMatchObject({ status: 415 });
  });

  test.each(['OPTIONS', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'TRACE', 'get'])('threat 103: %s is refused', (method) => {
    expect(judged(method, '/', OPENED)).toMatchObject({ kind: 'refused', status: 405 });
    expect(judged(method, '/api/queue', CALLED)).toMatchObject({ kind: 'refused', status: 405 });
  });

  test.each(['Host', 'Origin', 'Content-Type', 'Sec-Fetch-Site', 'Sec-Fetch-Mode', 'Sec-Fetch-Dest'] as const)(
    'threat 103: %s that stands twice is none of ours, also where both are alike',
    (name) => {
      expect(judged('POST', '/api/queue', CALLED, [name.toLowerCase(), CALLED[name]]).kind).toBe('refused');
    },
  );
});

test.each([
  '/index.html',
  '/app.js?',
  '/?x=1',
  '/../package.json',
  '/%2e%2e/package.json',
  '//evil.example/',
  `http://${HOST}/`,
  '/app.js/',
  '/__proto__',
  '/api/session',
  '*',
  '',
])('%s is no file', (target) => {
  expect(judged('GET', target, OPENED)).toMatchObject({ kind: 'refused', status: 404 });
});

test.each(['/api/', '/api', '/api/constructor', '/api/queue/', '/api/queue?page=0', '/'])('%s is no call', (target) => {
  expect(judged('POST', target, CALLED)).toMatchObject({ kind: 'refused', status: 404 });
});
