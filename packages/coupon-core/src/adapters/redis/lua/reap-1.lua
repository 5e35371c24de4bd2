-- reap-1: puts back into line, at their old places, whom consumers had taken that were not heard of for a while.
--
-- KEYS[1]  queue
-- ARGV[1]  for how many ms
-- ARGV[2]  claims at the most
-- returns  how many were put back
-- @include gate
-- @include queue

local now, queue, left = now_ms(), KEYS[1], tonumber(ARGV[2])
local count = 0
for _, consumer in ipairs(redis.call('ZRANGE', queue .. ':takers', '-inf', now - ARGV[1], 'BYSCORE')) do
  local taken = queue .. ':taken:' .. consumer
  local names = redis.call('ZRANGE', taken, 0, left - count - 1)
  for _, name in ipairs(names) do
    local coupon, place, member = string.match(name, '^(%d+) (%d+) (.*)$')
    redis.call('ZADD', queue .. ':line:' .. coupon, tonumber(place), member)
    make_due(queue, coupon, now)
  end
  redis.call('ZREMRANGEBYRANK', taken, 0, #names - 1)
  if redis.call('EXISTS', taken) == 0 then redis.call('ZREM', queue .. ':takers', consumer) end
  count = count + #names
  if count == left then break end
end
return count
