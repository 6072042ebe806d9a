/** What may be given instead of the environment, and what has no variable there. */
export interface RegularsOptions {
  /** The store's webhook address; else REGULARS_WEBHOOK_URL. */
  url?: string;
  /** The store's webhook secret, `whsec_…`; else REGULARS_WEBHOOK_SECRET. */
  secret?: string;
  /** Only the orders of this channel; else those of every channel. */
  channelCode?: string;
  /** Name of the customer's custom field that holds the birthday. */
  birthdayField?: string;
}

export declare class RegularsPlugin {
  static init(options?: RegularsOptions): typeof RegularsPlugin;
}
