-- confirm-coupons-1: confirms that every change of a coupon that was committed after a moment has been kept here by
-- this run of the server; for so long only, by this server's clock, that a call that comes late confirms nothing.
--
-- KEYS[1]  confirmation
-- ARGV[1]  since when, by MySQL's clock
-- ARGV[2]  until when it counts, by this server's clock
-- returns  a code:
-- code 1   CONFIRMED
-- code 2   LATE
-- @include gate

if now_ms() >= tonumber(ARGV[2]) then return 2 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. server_run_id(), 'PXAT', ARGV[2])
return 1
