/** Stands for the migrations and for the rush: says how it was called, and ends with the status it was given. */
const { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, COUPON_API_URL, STUB_STATUS } = process.env;
const addresses = { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, COUPON_API_URL };
console.log(JSON.stringify({ args: process.argv.slice(2), ...addresses }));
process.exit(Number(STUB_STATUS ?? 0));
