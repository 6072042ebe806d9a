'use strict';

const core = require('@vendure/core');
const { Courier } = require('./courier');
const { Reader } = require('./reader');

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

/** Posts orders and customers to Regulars. */
class RegularsPlugin {
  static init(options = {}) {
    RegularsPlugin.options = options;
    return RegularsPlugin;
  }

  constructor(...needs) {
    const [events, queues, config, contexts, orders, customers, histories, connection] = needs;
    this.shop = { events, queues };
    this.books = { config, contexts, orders, customers, histories, connection };
    this.books.Fulfillment = core.Fulfillment;
  }

  async onApplicationBootstrap() {
    const { options } = RegularsPlugin;
    const url = options.url ?? process.env.REGULARS_WEBHOOK_URL;
    const secret = options.secret ?? process.env.REGULARS_WEBHOOK_SECRET;
    if (!url || !secret) {
      core.Logger.warn('Without url and secret nothing is posted to Regulars', 'RegularsPlugin');
      return;
    }
    const strategy = this.books.config.jobQueueOptions.jobQueueStrategy;
    const reader = new Reader(this.books, options);
    this.courier = new Courier(core, { ...this.shop, strategy }, reader, { url, secret });
    await this.courier.start();
  }

  onModuleDestroy() {
    this.courier?.stop();
  }
}

RegularsPlugin.options = {};
// What decorators would do, in plain JavaScript.
Reflect.defineMetadata('design:paramtypes', NEEDS, RegularsPlugin);
core.VendurePlugin({ imports: [core.PluginCommonModule], compatibility: '^3.0.0' })(RegularsPlugin);

module.exports = { RegularsPlugin };
