'use strict';
// A small Vendure shop on PostgreSQL with the plugin in it, as its documentation tells a shop owner.
// The driver copies this file beside the installed packages and sets the variables below.
const {
  bootstrap, DefaultJobQueuePlugin, DefaultLogger, dummyPaymentHandler, JobQueueService, LogLevel,
} = require('@vendure/core');
const { RegularsPlugin } = require('@regulars/vendure-plugin');

bootstrap({
  apiOptions: { hostname: '127.0.0.1', port: Number(process.env.SHOP_PORT) },
  authOptions: {
    tokenMethod: ['bearer', 'cookie'],
    superadminCredentials: { identifier: 'superadmin', password: process.env.SHOP_PASSWORD },
    cookieOptions: { secret: process.env.SHOP_PASSWORD },
  },
  dbConnectionOptions: {
    type: 'postgres',
    synchronize: true,
    host: process.env.SHOP_DATABASE_HOST,
    username: 'regulars',
    database: 'vendure',
  },
  customFields: { Customer: [{ name: 'birthday', type: 'string', nullable: true }] },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  importExportOptions: { importAssetsDir: process.cwd() },
  logger: new DefaultLogger({ level: LogLevel.Info }),
  plugins: [
    DefaultJobQueuePlugin.init({ pollInterval: 100 }),
    RegularsPlugin.init({ birthdayField: 'birthday' }),
  ],
}).then(async (app) => {
  await app.get(JobQueueService).start();
  console.log('shop ready');
}).catch((fault) => { console.error(fault); process.exit(1); });
