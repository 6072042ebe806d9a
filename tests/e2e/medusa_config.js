'use strict';
// A small Medusa shop with the plugin in it, as its documentation tells a shop owner.
// The driver copies this file to medusa-config.js and sets the variables below.
const { defineConfig } = require('@medusajs/framework/utils');

const here = 'http://127.0.0.1';

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.SHOP_DATABASE_URL,
    // The folder of a socket: an address cannot hold it.
    databaseDriverOptions: { connection: { ssl: false, host: process.env.SHOP_DATABASE_HOST } },
    http: {
      storeCors: here,
      adminCors: here,
      authCors: here,
      jwtSecret: process.env.SHOP_SECRET,
      cookieSecret: process.env.SHOP_SECRET,
    },
  },
  admin: { disable: true },
  plugins: [{ resolve: '@regulars/medusa-plugin', options: {} }],
});
