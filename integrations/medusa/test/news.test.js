'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { test } = require('node:test');
const { EVENTS, newsOf } = require('../lib/news');
const { Patience } = require('../lib/patience');
const { bodyOf } = require('../lib/reader');

const shape = (name) =>
  JSON.parse(readFileSync(join(__dirname, 'shapes', `${name}.json`), 'utf8'));
const ORDER = shape('order-paid');
const OPTIONS = { birthdayKey: 'birthday' };

/** Answers as `query.graph` does, out of a few things by entity and id. */
function query(things) {
  const asked = [];
  const graph = async (question) => {
    asked.push(question);
    const found = things[question.entity]?.[question.filters.id];
    return { data: found ? [found] : [] };
  };
  return { graph, asked };
}

const body = (name, data, things, options = OPTIONS) =>
  bodyOf(query(things), newsOf(name, data), options);

test('the events that are listened to are news, others are not', () => {
  assert.equal(EVENTS.length, 16);
  assert.equal(newsOf('order.placed', { id: 'order_01' }).type, 'order.created');
  assert.equal(newsOf('order.return_received', { order_id: 'order_01' }).id, 'order_01');
  assert.equal(newsOf('cart.created', { id: 'cart_01' }), null);
  assert.equal(newsOf('order.placed', {}), null);
});

test('news names a thing and never a person', () => {
  const news = newsOf('customer.updated', { id: 'cus_01', email: 'ada@example.test' });
  assert.ok(!JSON.stringify(news).includes('ada@'));
});

test('an order is found from its payment and from its parcel', async () => {
  const things = {
    order: { order_01: ORDER },
    payment: { pay_01: { id: 'pay_01', payment_collection: { order: { id: 'order_01' } } } },
    fulfillment: { ful_01: { id: 'ful_01', order: { id: 'order_01' } } },
  };
  for (const [name, id, type] of [
    ['payment.captured', 'pay_01', 'order.paid'],
    ['payment.refunded', 'pay_01', 'order.refunded'],
    ['shipment.created', 'ful_01', 'order.fulfilled'],
    ['delivery.created', 'ful_01', 'order.delivered'],
  ]) {
    const told = await body(name, { id }, things);
    assert.deepEqual([told.type, told.data.id], [type, 'order_01']);
  }
});

test('what is gone, a draft, another channel and a guest are not posted', async () => {
  const placed = (order, options) =>
    body('order.placed', { id: 'order_01' }, { order: { order_01: order } }, options);
  assert.equal(await body('payment.captured', { id: 'pay_09' }, {}), null);
  assert.equal(await placed(undefined), null);
  assert.equal(await placed({ ...ORDER, is_draft_order: true }), null);
  const elsewhere = { ...OPTIONS, salesChannelId: 'sc_01' };
  assert.equal(await placed(ORDER, elsewhere), null);
  assert.ok(await placed({ ...ORDER, sales_channel_id: 'sc_01' }, elsewhere));
  const customer = { cus_01: { id: 'cus_01', has_account: false } };
  assert.equal(await body('customer.created', { id: 'cus_01' }, { customer }), null);
});

test('a deletion is posted though the row is gone', async () => {
  const told = await body('customer.deleted', { id: 'cus_01' }, {});
  assert.deepEqual([told.type, told.data], ['customer.deleted', { id: 'cus_01' }]);
});

test('what does not arrive is tried again until it does', async () => {
  const outcomes = [false, false, true];
  const tries = [];
  const warnings = [];
  const deliver = async (news) => {
    tries.push(news.id);
    if (!outcomes[tries.length - 1]) throw new Error('away');
  };
  const patience = new Patience(deliver, (text) => warnings.push(text), () => 5);
  const awake = setInterval(() => {}, 1000); // the waiting itself keeps no process alive
  await patience.tell({ type: 'order.paid', id: 'order_01' });
  while (tries.length < 3) await sleep(5);
  clearInterval(awake);
  assert.deepEqual(tries, ['order_01', 'order_01', 'order_01']);
  assert.equal(warnings.length, 1);
  assert.equal(patience.stop(), 0);
});

test('a thing waits once, and what is given up is said', async () => {
  const warnings = [];
  const fail = async () => {
    throw new Error('away');
  };
  const patience = new Patience(fail, (text) => warnings.push(text), () => 60_000);
  for (let time = 0; time < 41; time += 1) await patience.tell({ type: 'order.paid', id: 'o' });
  assert.match(warnings.at(-1), /given up: away/);
  assert.equal(patience.stop(), 0);
  await patience.tell({ type: 'order.paid', id: 'o' });
  await patience.tell({ type: 'order.paid', id: 'p' });
  assert.equal(patience.stop(), 2);
});

test('the subscriber posts a signed body and never throws', async () => {
  const seen = [];
  const server = createServer((request, answer) => {
    request.resume().on('end', () => {
      seen.push(request.headers['webhook-signature']);
      answer.writeHead(200).end();
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { default: regulars, config } = require('../index');
  const parts = { query: query({ order: { order_01: ORDER } }), logger: { warn() {} } };
  const container = { resolve: (name) => parts[name] };
  const url = `http://127.0.0.1:${server.address().port}/webhooks/tea-house`;
  const event = { name: 'order.placed', data: { id: 'order_01' } };
  await regulars({ event, container, pluginOptions: { url, secret: 'whsec_AAAA' } });
  await regulars({ event, container, pluginOptions: {} });
  await regulars({ event: { name: 'x', data: null }, container });
  await new Promise((closed) => server.close(closed));
  assert.equal(seen.length, 1);
  assert.match(seen[0], /^v1,/);
  assert.deepEqual(config.event, EVENTS);
});
