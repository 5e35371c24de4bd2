/** Stands for the migrations and for the rush: says how it was called, and ends with the status it was given. */
const { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, COUPON_API_URLS, KAFKA_BROKERS, STUB_STATUS } = process.env;
const { MYSQL_PID, GATE_REDIS_PID, AUTH_MODE, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = process.env;
const servers = { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL, MYSQL_PID, GATE_REDIS_PID, KAFKA_BROKERS };
const auth = { AUTH_MODE, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE };
console.log(JSON.stringify({ args: process.argv.slice(2), ...servers, ...auth, COUPON_API_URLS }));
process.exit(Number(STUB_STATUS ?? 0));
