import { stubApp } from './stub-app.js';

stubApp('COUPON_API_PORT');
