import { HDNodeWallet, id as keccak } from 'ethers';
import { decideWithdraw } from '#core/decide/withdraw.ts';
import type { Withdrawal } from '#core/facts/withdrawal.ts';
import { factsOf, LAW_HASH, REGISTER, requestFact, type Story } from '#test/support/given.ts';
import { acts, decisions, ignores, refuses, table } from '#test/support/table.ts';

/** The accounts that every local test node has: their keys are public knowledge. */
const account = (n: number) =>
  HDNodeWallet.fromPhrase('test test test test test test test test test test test junk', '', `m/44'/60'/0'/0/${n}`);
const [SIGNER, SOMEBODY_ELSE] = [account(0), account(1)];
const IN_SIGNERS_NAME = { requester: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' };

/** EIP-712 over `Withdrawal(bytes32 request)`, in the domain that formats.md gives for every signed thing. */
const signed = async (by: HDNodeWallet, id: string): Promise<string> =>
  by.signTypedData(
    { name: 'keyturn', version: '2', chainId: 31337, salt: keccak('gs://lab-register') },
    { Withdrawal: [{ name: 'request', type: 'bytes32' }] },
    { request: `0x${id}` },
  );
const SIGNERS_ID = requestFact(IN_SIGNERS_NAME).id;
const SIGNATURE = await signed(SIGNER, SIGNERS_ID);
const OF_SOMEBODY_ELSE = await signed(SOMEBODY_ELSE, SIGNERS_ID);
const OF_ANOTHER_REQUEST = await signed(SIGNER, 'a'.repeat(64));

/** The withdrawal that the requester of the stored request would send, unsigned, with what differs. */
type When = Partial<Withdrawal>;

const sent = (request: Story['request'], over: When): Withdrawal => {
  const { id, request: asked } = requestFact(request);
  const { wallet, chainId, requester, reference } = asked;
  return { id, wallet, chainId, requester, reference, requesterSignature: '', ...over };
};
const MESSAGE = { data: new TextEncoder().encode('{"reference":"invoice-1"}'), messageId: 'm-1' };

const withdraw = (story: Story, over: When) =>
  decideWithdraw(MESSAGE, sent(story.request, over), factsOf(story), { registerBucket: REGISTER, lawHash: LAW_HASH });

const ID = requestFact().id;
const TAKEN_DOWN = acts({
  id: ID,
  wallet: 'hot',
  chainId: '31337',
  requester: 'dapp',
  reference: 'invoice-1',
  requesterSignature: '',
});
const UNKNOWN = refuses('WITHDRAW_UNKNOWN', 'replaces');
const LATE = refuses('WITHDRAW_LATE', 'replaces');

decisions('withdraw: how far the request has come', withdraw, [
  ['A request that nobody accepted cannot be withdrawn.', {}, {}, UNKNOWN],
  ['An accepted request is withdrawn by who knows its requester, reference and id.', { request: {} }, {}, TAKEN_DOWN],
  ['An approved request can still be withdrawn.', { request: {}, approved: ['alice', 'bob'] }, {}, TAKEN_DOWN],
  [
    'A withdrawal that is delivered again is taken down again: the fact is created once.',
    { request: {}, withdrawn: 'by its requester' },
    {},
    TAKEN_DOWN,
  ],
  ['A request whose bytes are out is too late to withdraw.', { request: {}, submitted: {} }, {}, LATE],
  ['A request that the chain decided is too late to withdraw.', { request: {}, outcome: 'finalized' }, {}, LATE],
  ['A request that expired is too late to withdraw.', { request: {}, outcome: 'expired' }, {}, LATE],
  ['What is withdrawn already needs no second answer.', { request: {}, outcome: 'withdrawn' }, {}, ignores('')],
]);

const STRANGER = 'A withdrawal that names another';
decisions('withdraw: whose request it is, told to nobody else', withdraw, [
  [`${STRANGER} id is refused as if there were none.`, { request: {} }, { id: 'a'.repeat(64) }, UNKNOWN],
  [`${STRANGER} wallet is refused as if there were none.`, { request: {} }, { wallet: 'cold' }, UNKNOWN],
  [`${STRANGER} chain is refused as if there were none.`, { request: {} }, { chainId: '1' }, UNKNOWN],
  [`${STRANGER} requester is refused as if there were none.`, { request: {} }, { requester: 'else' }, UNKNOWN],
  [`${STRANGER} reference is refused as if there were none.`, { request: {} }, { reference: 'else' }, UNKNOWN],
  [
    'A stranger learns from the answer no outcome either.',
    { request: {}, outcome: 'withdrawn' },
    { reference: 'else' },
    UNKNOWN,
  ],
]);

decisions('withdraw: a requester that is an address', withdraw, [
  [
    'An address withdraws with its signature.',
    { request: IN_SIGNERS_NAME },
    { requesterSignature: SIGNATURE },
    acts({
      id: SIGNERS_ID,
      wallet: 'hot',
      chainId: '31337',
      requester: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      reference: 'invoice-1',
      requesterSignature: SIGNATURE,
    }),
  ],
  ['Nobody withdraws for an address without a signature.', { request: IN_SIGNERS_NAME }, {}, UNKNOWN],
  [
    'The signature of another key withdraws nothing.',
    { request: IN_SIGNERS_NAME },
    { requesterSignature: OF_SOMEBODY_ELSE },
    UNKNOWN,
  ],
  [
    'A signature over another request withdraws nothing here.',
    { request: IN_SIGNERS_NAME },
    { requesterSignature: OF_ANOTHER_REQUEST },
    UNKNOWN,
  ],
  [
    'What is no signature withdraws nothing.',
    { request: IN_SIGNERS_NAME },
    { requesterSignature: `0x${'11'.repeat(65)}` },
    UNKNOWN,
  ],
  [
    'A name whose request carries a signature must sign too.',
    { request: { requesterSignature: `0x${'22'.repeat(65)}` } },
    {},
    UNKNOWN,
  ],
]);

const refusal = (story: Story, over: When) => {
  const answer = withdraw(story, over);
  return answer.kind === 'refuse' ? answer.refusal : undefined;
};

table('withdraw: what a refusal tells', refusal, [
  [
    'A refusal names the withdrawal’s message, what it could read of it, and the id that was meant.',
    { request: {}, submitted: {} },
    {},
    {
      // sha256 of {"reference":"invoice-1"}
      dataHash: 'd37b0a62d25b600d6bbc89fcba48ce5c1345546709ecbb80648a95219b10b4a8',
      lawHash: 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
      code: 'WITHDRAW_LATE',
      field: 'replaces',
      reason: 'the request is submitted already',
      messageId: 'm-1',
      reference: 'invoice-1',
      requester: '',
      wallet: '',
      existingId: ID,
    },
  ],
]);
