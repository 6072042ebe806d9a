'use strict';

const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { test } = require('node:test');
const { Courier } = require('../lib/courier');
const { EVENTS } = require('../lib/news');

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

// Known by its name, as Vendure's own.
class SqlJobQueueStrategy {
  constructor(items = []) {
    this.items = items;
    this.cancelled = [];
    this.backOffStrategy = () => 1234;
  }

  async findMany(options) {
    this.asked = options;
    return { items: this.items };
  }

  async cancelJob(id) {
    this.cancelled.push(id);
  }
}

class OfTheShop extends SqlJobQueueStrategy {}
class BullMQJobQueueStrategy {}

/** A shop that remembers what it was asked for. */
function shopWith(strategy, full = false) {
  const seen = { jobs: [], handlers: new Map(), subscribers: new Map(), said: [] };
  const say = (text) => seen.said.push(text);
  const core = { Logger: { error: say, warn: say } };
  EVENTS.forEach((name) => (core[name] = { name }));
  const events = {
    registerBlockingEventHandler: ({ event, id, handler }) => {
      assert.equal(id, `regulars-${event.name}`);
      seen.handlers.set(event.name, handler);
    },
    ofType: (event) => ({
      subscribe: (handler) => seen.subscribers.set(event.name, handler),
    }),
  };
  const add = async (data, options) => {
    if (full) throw new Error('the disk is full');
    seen.jobs.push({ data, options });
  };
  const queues = {
    createQueue: async ({ name, process }) => Object.assign(seen, { name, process }) && { add },
  };
  return { core, shop: { events, queues, strategy }, seen };
}

async function started(strategy, full) {
  const { core, shop, seen } = shopWith(strategy, full);
  const reader = { bodies: async (told) => [told] };
  const courier = new Courier(core, shop, reader, { url: 'http://127.0.0.1:1/', secret: SECRET });
  await courier.start();
  return { courier, seen };
}

const placed = { order: { id: 3 }, ctx: { transaction: 1 } };

test('with a queue in the database a job is part of the transaction that made the news', async () => {
  for (const strategy of [new SqlJobQueueStrategy(), new OfTheShop()]) {
    const { courier, seen } = await started(strategy);
    await seen.handlers.get('OrderPlacedEvent')(placed);
    courier.stop();
    assert.equal(seen.handlers.size, EVENTS.length);
    assert.equal(seen.subscribers.size, 0);
    const [{ data, options }] = seen.jobs;
    assert.deepEqual([data.type, data.id, options.ctx], ['order.created', 3, placed.ctx]);
    assert.equal(options.retries, 40);
  }
});

test('any other queue is told after the commit, and without the transaction', async () => {
  const { courier, seen } = await started(new BullMQJobQueueStrategy());
  await seen.subscribers.get('OrderPlacedEvent')(placed);
  courier.stop();
  assert.equal(seen.handlers.size, 0);
  assert.deepEqual(Object.keys(seen.jobs[0].options), ['retries']);
});

test('a queue that is full does not stop a buyer', async () => {
  const { courier, seen } = await started(new SqlJobQueueStrategy(), true);
  await seen.handlers.get('OrderPlacedEvent')(placed);
  courier.stop();
  assert.match(seen.said[0], /could not be queued: the disk is full/);
});

test('our pauses grow, those of other queues stay, and twice is once', async () => {
  const strategy = new SqlJobQueueStrategy();
  (await started(strategy)).courier.stop();
  (await started(strategy)).courier.stop();
  const pause = (queue, tries) => strategy.backOffStrategy(queue, tries, { id: '7' });
  assert.equal(pause('send-email', 3), 1234);
  assert.ok(pause('regulars-webhooks', 8) > pause('regulars-webhooks', 1) * 10);
});

test('what a killed worker left half done is queued again, what runs is left alone', async () => {
  const told = { kind: 'order', type: 'order.paid', id: 3, at: '2026-11-20T18:30:00.000Z' };
  const strategy = new SqlJobQueueStrategy([
    { id: '1', data: told, startedAt: new Date(Date.now() - 3_600_000) },
    { id: '2', data: told, startedAt: new Date() },
  ]);
  const { courier, seen } = await started(strategy);
  courier.stop();
  assert.deepEqual(seen.jobs.map((one) => one.data), [told]);
  assert.deepEqual(strategy.cancelled, ['1']);
  assert.deepEqual(strategy.asked.filter, {
    queueName: { eq: 'regulars-webhooks' },
    state: { eq: 'RUNNING' },
  });
});

test('a look that fails is said and does not keep the shop from starting', async () => {
  const strategy = new SqlJobQueueStrategy();
  strategy.findMany = async () => {
    throw new Error('away');
  };
  const { courier, seen } = await started(strategy);
  courier.stop();
  assert.match(seen.said[0], /could not be looked for: away/);
});

test('a job that does not arrive fails, so that the queue tries it again', async () => {
  let status = 503;
  const server = createServer((request, answer) => {
    request.resume().on('end', () => answer.writeHead(status).end());
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { courier, seen } = await started(new SqlJobQueueStrategy());
  courier.stop();
  courier.door.url = `http://127.0.0.1:${server.address().port}/`;
  await assert.rejects(seen.process({ data: { type: 'order.paid' } }), /answered 503/);
  status = 200;
  await seen.process({ data: { type: 'order.paid' } });
  await new Promise((closed) => server.close(closed));
});
