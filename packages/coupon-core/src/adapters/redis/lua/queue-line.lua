-- The queue as a waiting line, for the scripts of the gate; `queue-stream.lua` has the same functions for a stream.
-- Behind the name of the queue, all in its slot:
--   :line:<coupon>     sorted set of those who wait, by place: `<ms> <claimant>[ <traceparent>]`; for a loss
--                      `L<ms>[.<microseconds>] <claimant>[ <traceparent>]`
--   :due               sorted set of the coupons with a line, by when they may be served, in ms
--   :taken:<consumer>  sorted set of whom a consumer has taken, by name: `<coupon> <place> <member of the line>`
--   :takers            sorted set of the consumers that have taken somebody, by when they were last heard of, in ms
--   :size              how many wait or are taken
--   :bell              list with at most one element, which wakes a consumer

-- Tickets begin anew with each epoch; whoever has one of an earlier epoch came earlier. So it is exact for two million
-- epochs, since a score is a double.
local TICKETS_PER_EPOCH, PLACES_END = 4294967296, 9007199254740992
local ARGUMENTS_MAX = 1000
-- More coupons, or more of whom one consumer has taken, are not looked through for the oldest.
local OLDEST_OF_MAX = 1000

local function place_of(epoch, ticket)
  return epoch * TICKETS_PER_EPOCH + ticket
end

local function prefix_of(coupon, place)
  return string.format('%s %016d ', coupon, place)
end

-- `scored`: score, member … in turn.
local function add_all(key, scored)
  for from = 1, #scored, ARGUMENTS_MAX do
    redis.call('ZADD', key, unpack(scored, from, math.min(#scored, from + ARGUMENTS_MAX - 1)))
  end
end

local function ring(queue)
  if redis.call('EXISTS', queue .. ':bell') == 0 then redis.call('RPUSH', queue .. ':bell', '1') end
end

-- A coupon that has a time already keeps it: its pace is held by that.
local function make_due(queue, coupon, now)
  if redis.call('ZADD', queue .. ':due', 'NX', now, coupon) == 1 then ring(queue) end
end

-- How many of the coupon are taken with places from the first on and below the last.
local function count_taken(queue, coupon, first, last)
  local count = 0
  for _, consumer in ipairs(redis.call('ZRANGE', queue .. ':takers', 0, -1)) do
    count = count + redis.call('ZLEXCOUNT', queue .. ':taken:' .. consumer, '[' .. prefix_of(coupon, first),
      '(' .. prefix_of(coupon, last))
  end
  return count
end

local function count_in_line(queue, coupon)
  return redis.call('ZCARD', queue .. ':line:' .. coupon) + count_taken(queue, coupon, 0, PLACES_END)
end

-- What the bound of the queue counts: claims.
local function queue_length(queue)
  return tonumber(redis.call('GET', queue .. ':size') or 0)
end

-- Those whom one call admitted to a coupon, with tickets from the first one on, and those whose loss it noted.
local function enqueue(queue, coupon, epoch, now, first_ticket, users, lost, trace)
  local scored, begin = {}, string.format('%d ', now)
  -- Losses have no places of their own, so their time is what they are ordered by.
  local time = redis.call('TIME')
  local begin_lost = string.format('L%d.%06d ', now, time[2])
  for i, user in ipairs(users) do
    scored[#scored + 1] = place_of(epoch, first_ticket + i - 1)
    scored[#scored + 1] = begin .. user
  end
  for _, user in ipairs(lost) do
    scored[#scored + 1] = place_of(epoch, first_ticket + #users - 1)
    scored[#scored + 1] = begin_lost .. user
  end
  -- One of the call carries the trace of the call.
  if trace ~= '' then scored[2] = scored[2] .. ' ' .. trace end
  add_all(queue .. ':line:' .. coupon, scored)
  redis.call('INCRBY', queue .. ':size', #users + #lost)
  make_due(queue, coupon, now)
end

-- A claim that is missing; `ticket` is '' for a loss. The place of a ticket is taken once.
local function enqueue_again(queue, coupon, epoch, now, ticket, user)
  local place, line = place_of(epoch, ticket == '' and 0 or ticket), queue .. ':line:' .. coupon
  if ticket ~= '' and redis.call('ZCOUNT', line, place, place) + count_taken(queue, coupon, place, place + 1) > 0 then
    return
  end
  redis.call('ZADD', line, place, string.format('%s%d %s', ticket == '' and 'L' or '', now, user))
  redis.call('INCR', queue .. ':size')
  make_due(queue, coupon, now)
end

-- When the oldest claim was enqueued, in ms; 0 where there is none.
local function oldest_at(queue)
  local oldest
  local function see(at)
    if at then oldest = math.min(oldest or tonumber(at), tonumber(at)) end
  end
  for _, coupon in ipairs(redis.call('ZRANGE', queue .. ':due', 0, OLDEST_OF_MAX - 1)) do
    local first = redis.call('ZRANGE', queue .. ':line:' .. coupon, 0, 0)[1]
    if first then see(string.match(first, '^L?(%d+)')) end
  end
  for _, consumer in ipairs(redis.call('ZRANGE', queue .. ':takers', 0, -1)) do
    for _, name in ipairs(redis.call('ZRANGE', queue .. ':taken:' .. consumer, 0, OLDEST_OF_MAX - 1)) do
      see(string.match(name, '^%d+ %d+ L?(%d+)'))
    end
  end
  return oldest or 0
end

local function remove_taken(queue, consumer, name)
  local taken = queue .. ':taken:' .. consumer
  if redis.call('ZREM', taken, name) == 0 then return false end
  if redis.call('EXISTS', taken) == 0 then redis.call('ZREM', queue .. ':takers', consumer) end
  return true
end

-- Whom a consumer settled that was silent for a while stands in line again, or is another's.
local function remove_reaped(queue, name)
  local coupon, member = string.match(name, '^(%d+) %d+ (.*)$')
  if not coupon then return false end
  if redis.call('ZREM', queue .. ':line:' .. coupon, member) == 1 then return true end
  for _, consumer in ipairs(redis.call('ZRANGE', queue .. ':takers', 0, -1)) do
    if remove_taken(queue, consumer, name) then return true end
  end
  return false
end

-- Removes settled claims for good; answers of each whether it was still there.
local function remove(queue, consumer, names)
  local removed, count = {}, 0
  for i, name in ipairs(names) do
    removed[i] = remove_taken(queue, consumer, name) or remove_reaped(queue, name)
    if removed[i] then count = count + 1 end
  end
  redis.call('DECRBY', queue .. ':size', count)
  return removed
end

-- How many tickets were settled, of all that the gate counts as admitted: whoever has a later one waits behind the rest.
local function settled_of(queue, coupon, gate)
  return gate.admitted - count_in_line(queue, coupon)
end

-- A claim that was held before this call, as it is told: with the number of those ahead. A ticket of this very call is
-- not in the line yet.
local function told_claim(queue, coupon, gate, claim, next_ticket)
  local earlier, ticket = string.match(claim, '^(%d+):(%d+)$')
  local epoch = earlier or gate.epoch
  ticket = tonumber(ticket or claim)
  if not ticket or (epoch == gate.epoch and ticket >= next_ticket) then return claim end
  local place = place_of(epoch, ticket)
  local waiting = redis.call('ZCOUNT', queue .. ':line:' .. coupon, '-inf', string.format('(%d', place))
  return string.format('%s %d', claim, waiting + count_taken(queue, coupon, 0, place))
end
