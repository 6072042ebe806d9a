'use strict';

const { EVENTS, newsOf } = require('./news');
const { pauseMs, post } = require('./post');

const QUEUE = 'regulars-webhooks';
const LOG = 'RegularsPlugin';
const TRIES = 40; // with pauses of up to an hour: more than a day
const STUCK_MS = 600_000;
const LOOK_MS = 300_000;

/** Takes news from the event bus to Regulars through the shop's own job queue. */
class Courier {
  /**
   * `core` is Vendure, `shop` its event bus (`events`), job queues (`queues`) and the `strategy`
   * that keeps them; `reader` makes the bodies and `door` says where they go.
   */
  constructor(core, shop, reader, door) {
    Object.assign(this, { core, ...shop, reader, door });
    this.keptInSql = isKeptInSql(this.strategy);
  }

  async start() {
    this.queue = await this.queues.createQueue({
      name: QUEUE,
      process: (job) => this.deliver(job.data),
    });
    this.spaceOut();
    EVENTS.forEach((name) => this.listen(name));
    await this.revive();
    this.looking = setInterval(() => this.revive(), LOOK_MS).unref();
  }

  stop() {
    clearInterval(this.looking);
  }

  async deliver(told) {
    for (const body of await this.reader.bodies(told)) {
      await post(this.door, body);
    }
  }

  /**
   * Jobs in the shop's database are added inside the transaction that made the news: either both
   * are kept or neither. Other queues are told after the commit, since a worker is quick.
   */
  listen(name) {
    const event = this.core[name];
    if (this.keptInSql) {
      const handler = (one) => this.add(newsOf(name, one), one.ctx);
      this.events.registerBlockingEventHandler({ event, id: `regulars-${name}`, handler });
    } else {
      this.events.ofType(event).subscribe((one) => this.add(newsOf(name, one)));
    }
  }

  /** Add a job; what fails here must not stop a buyer at the till. */
  async add(told, ctx) {
    if (!told) return;
    try {
      await this.queue.add(told, { retries: TRIES, ...(ctx && { ctx }) });
    } catch (fault) {
      this.core.Logger.error(`News of a ${told.kind} could not be queued: ${fault.message}`, LOG);
    }
  }

  /** Let our retries wait longer each time; the shop's other queues keep their own pauses. */
  spaceOut() {
    if (!this.keptInSql || this.strategy.regularsSpacesOut) return;
    const before = this.strategy.backOffStrategy;
    this.strategy.regularsSpacesOut = true;
    this.strategy.backOffStrategy = (queue, tries, job) =>
      queue === QUEUE ? pauseMs(tries, job.id) : (before?.(queue, tries, job) ?? 1000);
  }

  /** Queue again what a killed worker left half done: Vendure itself leaves it so for ever. */
  async revive() {
    if (!this.keptInSql) return;
    try {
      const filter = { queueName: { eq: QUEUE }, state: { eq: 'RUNNING' } };
      const { items } = await this.strategy.findMany({ filter, take: 100 });
      for (const job of items.filter((one) => Date.now() - one.startedAt > STUCK_MS)) {
        await this.add(job.data);
        await this.strategy.cancelJob(job.id);
      }
    } catch (fault) {
      this.core.Logger.warn(`Half-done news could not be looked for: ${fault.message}`, LOG);
    }
  }
}

/** Tell the queue of DefaultJobQueuePlugin by its name: Vendure does not export the class. */
function isKeptInSql(strategy) {
  const kind = strategy && Object.getPrototypeOf(strategy);
  return kind ? kind.constructor.name === 'SqlJobQueueStrategy' || isKeptInSql(kind) : false;
}

module.exports = { Courier };
