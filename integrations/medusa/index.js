'use strict';

// For src/subscribers/regulars.js: module.exports = require('@regulars/medusa-plugin');
module.exports = require('./lib/subscriber');
