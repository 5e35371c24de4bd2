import { stubApp } from './stub-app.js';

stubApp('COUPON_CONSUMER_PORT');
