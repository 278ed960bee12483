import { describe, expect, test } from 'vitest';
import { findId, loadRequest, pictureOf, shortIds } from '#cli/request/requests.ts';
import { referenceHashOf } from '#core/decide/intake.ts';
import { badShareObject, outcomeObject, referenceObject, requestObject } from '#schemas/names.ts';
import { idOf, NOW, requestOf, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

describe('finding an id', () => {
  test.each(['', 'abc', '0x1234567', '0x', '0x0x12345678', '1234567g', '../../etc', 'a'.repeat(65)])(
    '%j is no beginning of one',
    async (given) => {
      const { session, storage } = stageOf();
      await expect(findId(storage, session.deployment, given)).rejects.toMatchObject({ code: 'USAGE', field: 'id' });
    },
  );

  test('eight digits are enough', async () => {
    const { session, storage, accept } = stageOf();
    const id = accept(requestOf());
    expect(await findId(storage, session.deployment, id.slice(0, 8))).toBe(id);
  });

  test('with 0x and in upper case it is the same', async () => {
    const { session, storage, accept } = stageOf();
    const id = accept(requestOf());
    for (const given of [`0x${id}`, id.toUpperCase(), `0X${id.slice(0, 8).toUpperCase()}`])
      expect(await findId(storage, session.deployment, given)).toBe(id);
  });

  test('two that begin alike are told apart only by more digits', async () => {
    const { session, storage } = stageOf();
    for (const end of ['0', '1']) storage.put('lab-results', requestObject(`${'a'.repeat(63)}${end}`), {});
    await expect(findId(storage, session.deployment, 'aaaaaaaa')).rejects.toMatchObject({
      code: 'USAGE',
      message: '2 ids begin with aaaaaaaa: give more digits',
    });
    expect(await findId(storage, session.deployment, `${'a'.repeat(63)}1`)).toBe(`${'a'.repeat(63)}1`);
  });

  test('none begins so', async () => {
    const { session, storage } = stageOf();
    await expect(findId(storage, session.deployment, 'deadbeef')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('short ids are as long as they must be', () => {
    const [a, b, c] = [`${'a'.repeat(9)}0`, `${'a'.repeat(9)}1`, 'b'.repeat(10)];
    expect([...shortIds([a, b, c, a]).values()]).toEqual([a, b, 'b'.repeat(10)]);
    expect(shortIds(['1'.repeat(64), '2'.repeat(64)]).get('1'.repeat(64))).toBe('11111111');
  });
});

describe('a stored request is believed only if it hashes to its id', () => {
  const stored = (over: object = {}) => {
    const request = requestOf();
    return { id: idOf(request), walletAddress: WALLET_ADDRESS, lawHash: '0'.repeat(64), request, ...over };
  };

  test.each([
    ['another destination', { request: requestOf({ to: WALLET_ADDRESS }) }],
    ['another amount', { request: requestOf({ value: '5' }) }],
    ['another id inside', { id: 'f'.repeat(64) }],
    ['another address', { walletAddress: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' }],
  ])('%s is refused loudly', async (_, over) => {
    const { session, storage } = stageOf();
    const id = idOf(requestOf());
    storage.put('lab-results', requestObject(id), JSON.parse(JSON.stringify(stored(over))));
    await expect(loadRequest(storage, session.deployment, id)).rejects.toMatchObject({
      code: 'ID_MISMATCH',
      message: expect.stringMatching(/^DO NOT APPROVE/),
    });
  });

  test('a law that gives the wallet another register is another id', async () => {
    const { session, storage } = stageOf({ law: { name: 'other' } });
    const id = idOf(requestOf());
    storage.put('other-results', requestObject(id), JSON.parse(JSON.stringify(stored())));
    await expect(loadRequest(storage, session.deployment, id)).rejects.toMatchObject({ code: 'ID_MISMATCH' });
  });

  test('a wallet that the law does not know is refused', async () => {
    const { session, storage } = stageOf();
    const request = requestOf({ wallet: 'stranger' });
    const fact = { id: 'e'.repeat(64), walletAddress: WALLET_ADDRESS, lawHash: '0'.repeat(64), request };
    storage.put('lab-results', requestObject('e'.repeat(64)), JSON.parse(JSON.stringify(fact)));
    await expect(loadRequest(storage, session.deployment, 'e'.repeat(64))).rejects.toMatchObject({
      code: 'UNKNOWN_WALLET',
    });
  });

  test('what is no request at all is named', async () => {
    const { session, storage } = stageOf();
    storage.put('lab-results', requestObject('e'.repeat(64)), new TextEncoder().encode('{"a":'));
    await expect(loadRequest(storage, session.deployment, 'e'.repeat(64))).rejects.toMatchObject({ code: 'MALFORMED' });
  });
});

describe('who approved', () => {
  const votes = async (prepare: (stage: ReturnType<typeof stageOf>, id: string) => void) => {
    const stage = stageOf();
    const id = stage.accept(requestOf());
    prepare(stage, id);
    const { picture } = await pictureOf(stage.storage, stage.session.deployment, id, NOW);
    return Object.fromEntries(picture.votes.map(({ coSigner, answer, code }) => [coSigner, code ?? answer]));
  };

  test('a share counts, a rejection beats it', async () => {
    expect(
      await votes(({ storage }, id) => {
        storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(8));
        storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(8));
        storage.put('lab-keys', `bob/rejections/${id}`, {});
      }),
    ).toEqual({ alice: 'approved', bob: 'rejected', carol: 'none' });
  });

  test('a share of another request does not count, nor one misnamed', async () => {
    expect(
      await votes(({ storage }, id) => {
        storage.put('lab-keys', `alice/shares/${'0'.repeat(64)}`, new Uint8Array(8));
        storage.put('lab-keys', `bob/shares/${id}/a/b`, new Uint8Array(8));
        storage.put('lab-keys', `mallory/shares/${id}`, new Uint8Array(8));
      }),
    ).toEqual({ alice: 'none', bob: 'none', carol: 'none' });
  });

  test('an empty share, and one that a turn found bad, are named with their code', async () => {
    expect(
      await votes(({ storage }, id) => {
        storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array());
        const { generation, name } = storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(8));
        storage.put('lab-results', badShareObject(id, 'bob', generation), {
          id,
          wallet: 'treasury',
          coSigner: 'bob',
          object: name,
          generation,
          code: 'SHARE_WRONG',
        });
      }),
    ).toEqual({ alice: 'SHARE_EMPTY', bob: 'SHARE_WRONG', carol: 'none' });
  });

  const told = (storage: ReturnType<typeof stageOf>['storage'], id: string, coSigners: readonly string[]) =>
    storage.put('lab-results', `requests/${id}/approved.json`, { id, wallet: 'treasury', coSigners: [...coSigners] });

  test('what may not be listed is hidden, unless a function tells it: that is unverified', async () => {
    expect(
      await votes(({ storage }, id) => {
        storage.fault = denying('lab-keys/bob/', 'lab-keys/carol/');
        told(storage, id, ['alice', 'carol']);
      }),
    ).toEqual({ alice: 'unverified', bob: 'hidden', carol: 'unverified' });
  });

  test('threat 79: an approval that a function made up is not shown as one where no share lies', async () => {
    expect(
      await votes(({ storage }, id) => {
        storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(8));
        told(storage, id, ['alice', 'bob']);
      }),
    ).toEqual({ alice: 'approved', bob: 'unverified', carol: 'none' });
  });
});

test('the outcome is the stage, and other ids of the reference are found', async () => {
  const { session, storage, accept } = stageOf();
  const request = requestOf();
  const id = accept(request);
  const folder = referenceHashOf(request);
  storage.put('lab-work', referenceObject(folder, 1n), { id: 'd'.repeat(64), wallet: 'treasury', replaces: '' });
  storage.put('lab-work', referenceObject(folder, 2n), { id, wallet: 'treasury', replaces: '' });
  storage.put('lab-results', outcomeObject(id), {
    id,
    wallet: 'treasury',
    outcome: 'expired',
    code: 'NOT_APPROVED_IN_TIME',
    reason: 'too late',
    transactionHash: '',
    blockNumber: '',
    receipt: '',
  });
  const { picture } = await pictureOf(storage, session.deployment, id, NOW);
  expect(picture.stage).toBe('decided');
  expect(picture.outcome?.outcome).toBe('expired');
  expect(picture.sameReference).toEqual(['d'.repeat(64)]);
  storage.fault = denying('lab-work/');
  expect((await pictureOf(storage, session.deployment, id, NOW)).picture.sameReference).toBeUndefined();
});
