'use strict';

const core = require('@vendure/core');
const { EVENTS, newsOf } = require('./news');
const { pauseMs, post } = require('./post');
const { Reader } = require('./reader');

const QUEUE = 'regulars-webhooks';
const LOG = 'RegularsPlugin';
const TRIES = 40; // with pauses of up to an hour: more than a day
const STUCK_MS = 600_000;
const LOOK_MS = 300_000;
const NEEDS = [
  core.EventBus,
  core.JobQueueService,
  core.ConfigService,
  core.RequestContextService,
  core.OrderService,
  core.CustomerService,
  core.HistoryService,
  core.TransactionalConnection,
];

/** Posts orders and customers to Regulars through the shop's own job queue. */
class RegularsPlugin {
  static init(options = {}) {
    RegularsPlugin.options = options;
    return RegularsPlugin;
  }

  constructor(...needs) {
    const [events, queues, config, contexts, orders, customers, histories, connection] = needs;
    Object.assign(this, { events, queues, config });
    this.shop = { config, contexts, orders, customers, histories, connection };
    this.shop.Fulfillment = core.Fulfillment;
  }

  async onApplicationBootstrap() {
    const { options } = RegularsPlugin;
    this.door = {
      url: options.url ?? process.env.REGULARS_WEBHOOK_URL,
      secret: options.secret ?? process.env.REGULARS_WEBHOOK_SECRET,
    };
    if (!this.door.url || !this.door.secret) {
      core.Logger.warn('Without url and secret nothing is posted to Regulars', LOG);
      return;
    }
    const reader = new Reader(this.shop, options);
    this.strategy = this.config.jobQueueOptions.jobQueueStrategy;
    this.keptInSql = isKeptInSql(this.strategy);
    this.queue = await this.queues.createQueue({
      name: QUEUE,
      process: (job) => this.deliver(reader, job.data),
    });
    this.spaceOut();
    EVENTS.forEach((name) => this.listen(name));
    await this.revive();
    this.looking = setInterval(() => this.revive(), LOOK_MS).unref();
  }

  onModuleDestroy() {
    clearInterval(this.looking);
  }

  async deliver(reader, told) {
    for (const body of await reader.bodies(told)) {
      await post(this.door, body);
    }
  }

  /**
   * Jobs in the shop's database are added inside the transaction that made the news: either both
   * are kept or neither. Other queues are told after the commit, since a worker is quick.
   */
  listen(name) {
    const event = core[name];
    const id = `regulars-${name}`;
    if (this.keptInSql) {
      const handler = (one) => this.add(newsOf(name, one), one.ctx);
      this.events.registerBlockingEventHandler({ event, id, handler });
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
      core.Logger.error(`News of a ${told.kind} could not be queued: ${fault.message}`, LOG);
    }
  }

  /** Let our retries wait longer each time; the shop's other queues keep their own pauses. */
  spaceOut() {
    const before = this.strategy.backOffStrategy;
    if (!this.keptInSql || this.strategy.regularsSpacesOut) return;
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
      core.Logger.warn(`Half-done news could not be looked for: ${fault.message}`, LOG);
    }
  }
}

/** Tell the queue of DefaultJobQueuePlugin by its name: Vendure does not export the class. */
function isKeptInSql(strategy) {
  const kind = Object.getPrototypeOf(strategy);
  return kind !== null && (kind.constructor.name === 'SqlJobQueueStrategy' || isKeptInSql(kind));
}

RegularsPlugin.options = {};
// What decorators would do, in plain JavaScript.
Reflect.defineMetadata('design:paramtypes', NEEDS, RegularsPlugin);
core.VendurePlugin({ imports: [core.PluginCommonModule], compatibility: '^3.0.0' })(RegularsPlugin);

module.exports = { RegularsPlugin };
