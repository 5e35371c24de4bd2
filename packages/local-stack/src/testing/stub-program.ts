/** Stands for the migrations and for the rush: says how it was called, and ends with the status it was given. */
const { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, COUPON_API_URLS, STUB_STATUS } = process.env;
const { MYSQL_PID, GATE_REDIS_PID } = process.env;
const servers = { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, MYSQL_PID, GATE_REDIS_PID };
console.log(JSON.stringify({ args: process.argv.slice(2), ...servers, COUPON_API_URLS }));
process.exit(Number(STUB_STATUS ?? 0));
