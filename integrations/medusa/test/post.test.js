'use strict';

const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { test } = require('node:test');
const { pauseMs, post, signed } = require('../lib/post');

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = { type: 'order.paid', data: { id: '1' } };

async function asked(status, headers = {}) {
  const seen = [];
  const server = createServer((request, answer) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      seen.push({ headers: request.headers, text: Buffer.concat(pieces).toString() });
      answer.writeHead(status, headers).end();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}/webhooks/tea-house`;
  const outcome = await post({ url, secret: SECRET }, BODY).then(() => 'arrived', (no) => no.message);
  await new Promise((closed) => server.close(closed));
  return { outcome, seen };
}

test('a signature is the one that another implementation makes', () => {
  const headers = signed(SECRET, '{"test":1}', 1614265330);
  assert.equal(headers['webhook-id'], 'msg_1da06016289bd76a5ada4f52fc805ae0');
  assert.equal(headers['webhook-signature'], 'v1,v4NSgDjU1hZn1UoFX3qrewfq7OkkXhrF1WqQvLH3bBU=');
});

test('the same news has the same name, other news another', () => {
  const name = (text) => signed(SECRET, text, 1)['webhook-id'];
  assert.equal(name('a'), signed(SECRET, 'a', 2)['webhook-id']);
  assert.notEqual(name('a'), name('b'));
});

test('a secret of plain text is a key too', () => {
  const plain = signed('any old text', '{}', 1)['webhook-signature'];
  assert.notEqual(plain, signed('any other text', '{}', 1)['webhook-signature']);
});

test('a body arrives whole, with its signature over the very bytes', async () => {
  const { outcome, seen } = await asked(200);
  assert.equal(outcome, 'arrived');
  const [{ headers, text }] = seen;
  assert.deepEqual(JSON.parse(text), BODY);
  const again = signed(SECRET, text, Number(headers['webhook-timestamp']));
  assert.equal(headers['webhook-signature'], again['webhook-signature']);
  assert.equal(headers['webhook-id'], again['webhook-id']);
});

for (const status of [401, 404, 429, 500, 503]) {
  test(`an answer of ${status} is a failure that whoever calls tries again`, async () => {
    assert.equal((await asked(status)).outcome, `Regulars answered ${status}`);
  });
}

test('a redirect is not followed', async () => {
  const { outcome, seen } = await asked(302, { location: '/elsewhere' });
  assert.equal(outcome, 'Regulars answered 302');
  assert.equal(seen.length, 1);
});

test('pauses grow to an hour, are the same when asked again, and differ between jobs', () => {
  const pauses = Array.from({ length: 14 }, (_, tries) => pauseMs(tries + 1, 'job-1'));
  assert.ok(pauses[0] >= 2_500 && pauses[0] <= 5_000);
  assert.ok(pauses.at(-1) >= 1_800_000 && pauses.at(-1) <= 3_600_000);
  assert.equal(pauseMs(3, 'job-1'), pauses[2]);
  const others = new Set(Array.from({ length: 20 }, (_, job) => pauseMs(5, `job-${job}`)));
  assert.ok(others.size > 15);
});
