'use strict';

const { RegularsPlugin } = require('./lib/plugin');

module.exports = { RegularsPlugin };
