-- take-1: those who are first in the lines of the coupons that may be served now, for one consumer, together with the
-- epoch that each coupon's gate has at this moment. Each coupon that is served goes behind the others.
--
-- KEYS[1]  queue
-- ARGV[1]  consumer
-- ARGV[2]  claims at the most
-- ARGV[3]  gate prefix
-- ARGV[4]  claims of one coupon that are taken at once, no more than of all
-- ARGV[5]  for how many ms a coupon is not served again
-- returns  { names, { coupon, epoch for each gate that is initialised },
--            ms until a coupon may be served, left out where nobody waits }
-- @include gate
-- @include queue

local now, queue, consumer = now_ms(), KEYS[1], ARGV[1]
local room, quota, pause = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local names, scored, coupons = {}, {}, {}
-- Without a pace a coupon may be served again at once, behind all whose time is this millisecond too.
local BEHIND = 0.5

local due = redis.call('ZRANGE', queue .. ':due', '-inf', now + BEHIND, 'BYSCORE', 'LIMIT', 0, room)
for _, coupon in ipairs(due) do
  local line = queue .. ':line:' .. coupon
  local waiting = redis.call('ZCARD', line)
  -- With a pace, a part of those whose turn it is would cost the others the pause.
  if room == 0 or (pause > 0 and room < math.min(quota, waiting)) then break end
  local found = redis.call('ZPOPMIN', line, math.min(quota, room))
  for i = 1, #found, 2 do
    local name = prefix_of(coupon, found[i + 1]) .. found[i]
    names[#names + 1] = name
    scored[#scored + 1] = 0
    scored[#scored + 1] = name
  end
  local count = #found / 2
  room = room - count
  if count > 0 then coupons[coupon] = true end
  -- With a pace it stays until the pause is over, so that whoever comes meanwhile is not served before.
  if count == 0 or (pause == 0 and count == waiting) then
    redis.call('ZREM', queue .. ':due', coupon)
  else
    redis.call('ZADD', queue .. ':due', now + (pause > 0 and pause or BEHIND), coupon)
  end
end

if #names > 0 then
  add_all(queue .. ':taken:' .. consumer, scored)
  redis.call('ZADD', queue .. ':takers', now, consumer)
end
local first = redis.call('ZRANGE', queue .. ':due', 0, 0, 'WITHSCORES')
local wait = first[2] and math.max(0, math.floor(first[2] - now))
-- What is left is for whoever has nothing to do.
if wait == 0 then ring(queue) end
return { names, epochs_of(coupons, ARGV[3]), wait }
