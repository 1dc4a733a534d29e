import { describeExchange } from './exchange.js';

describeExchange('the embedded log');
