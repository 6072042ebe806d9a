'use strict';

// Where Medusa looks for the subscribers of a plugin.
module.exports = require('../../../../lib/subscriber');
