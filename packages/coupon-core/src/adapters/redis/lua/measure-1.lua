-- measure-1: what a waiting line holds, for the gauges.
--
-- KEYS[1]  queue
-- returns  { now in ms, claims, of these taken, when the oldest was enqueued in ms or 0 }
-- @include gate
-- @include queue

local taken = 0
for _, consumer in ipairs(redis.call('ZRANGE', KEYS[1] .. ':takers', 0, -1)) do
  taken = taken + redis.call('ZCARD', KEYS[1] .. ':taken:' .. consumer)
end
return { now_ms(), queue_length(KEYS[1]), taken, oldest_at(KEYS[1]) }
