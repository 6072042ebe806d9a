'use strict';

// Reads what a job names and makes the bodies that are posted for it.

const { tellAccount, tellOrder } = require('./tell');

class Reader {
  /** `shop` holds Vendure's services; `options` those of the plugin. */
  constructor(shop, options) {
    this.shop = shop;
    const { entityIdStrategy, moneyStrategy } = shop.config.entityOptions;
    const decode = entityIdStrategy ?? shop.config.entityIdStrategy;
    this.around = {
      name: (id) => String(decode ? decode.encodeId(id) : id),
      places: moneyStrategy?.precision ?? 2,
      birthdayField: options.birthdayField,
    };
    this.channelCode = options.channelCode;
  }

  /** Give the bodies to post: none where the thing is no news any more. */
  async bodies({ kind, type, id, at }) {
    const envelope = (data) => ({ type, timestamp: at, data });
    if (type === 'customer.deleted') return [envelope({ id: this.around.name(id) })];
    const ctx = await this.shop.contexts.create({ apiType: 'admin' });
    if (kind === 'customer') return (await this.customer(ctx, id)).map(envelope);
    const ids = kind === 'order' ? [id] : await this.ordersOf(ctx, id);
    const orders = await Promise.all(ids.map((one) => this.order(ctx, one)));
    return orders.flat().map(envelope);
  }

  async order(ctx, id) {
    const order = await this.shop.orders.findOne(ctx, id);
    if (!order?.orderPlacedAt || order.type === 'Seller' || !this.isOurs(order)) return [];
    const payments = await this.shop.orders.getOrderPayments(ctx, id);
    const fulfillments = await this.shop.orders.getOrderFulfillments(ctx, order);
    const options = { sort: { createdAt: 'ASC' }, take: 100 };
    const { items } = await this.shop.histories.getHistoryForOrder(ctx, id, false, options);
    return [tellOrder(order, { ...this.around, payments, fulfillments, history: items })];
  }

  /** A guest's row is no customer record: her orders tell who she is. */
  async customer(ctx, id) {
    const customer = await this.shop.customers.findOne(ctx, id, ['user']);
    if (!customer?.user) return [];
    const addresses = await this.shop.customers.findAddressesByCustomerId(ctx, id);
    return [tellAccount(customer, addresses, this.around)];
  }

  async ordersOf(ctx, fulfillmentId) {
    const parcels = this.shop.connection.getRepository(ctx, this.shop.Fulfillment);
    const found = await parcels.findOne({ where: { id: fulfillmentId }, relations: ['orders'] });
    return (found?.orders ?? []).map((order) => order.id);
  }

  isOurs(order) {
    return !this.channelCode || order.channels.some((one) => one.code === this.channelCode);
  }
}

module.exports = { Reader };
