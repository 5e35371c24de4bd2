-- read-taken-1: what one consumer has taken and not settled, together with the epoch that each coupon's gate has at this
-- moment.
--
-- KEYS[1]  queue
-- ARGV[1]  consumer
-- ARGV[2]  name behind which is read
-- ARGV[3]  claims at the most
-- ARGV[4]  gate prefix
-- returns  { names, { coupon, epoch for each gate that is initialised } }
-- @include gate
-- @include queue

local names = redis.call('ZRANGE', KEYS[1] .. ':taken:' .. ARGV[1], '(' .. ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])
local coupons = {}
for _, name in ipairs(names) do coupons[string.match(name, '^%d+')] = true end
if #names > 0 then redis.call('ZADD', KEYS[1] .. ':takers', now_ms(), ARGV[1]) end
return { names, epochs_of(coupons, ARGV[4]) }
