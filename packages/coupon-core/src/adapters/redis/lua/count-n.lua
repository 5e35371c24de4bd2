-- count-n: how many tickets some gates have given, now and at a mark in the past. The mark is set by these calls: each
-- one keeps the present for a later call, once what was kept is old enough to be the mark itself.
--
-- KEYS[1]  queue
-- KEYS[2…] gate of each coupon
-- ARGV[1]  age that a mark has at least, in ms
-- returns  { when the oldest of the queue was written in ms or 0, then for each coupon
--            { epoch, tickets, admitted, losses, then of the mark, if there is one: time in ms, tickets, admitted }, or a code }:
-- code -1  NOT_INITIALISED
-- @include gate
-- @include queue

local now, run_id, age_min = now_ms(), server_run_id(), tonumber(ARGV[1])

local function numbers_of(text)
  local numbers = {}
  for number in string.gmatch(text or '', '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end

local function count(key)
  local gate = read_gate(key, run_id)
  if not gate then return -1 end
  local h = redis.call('HMGET', key, 'mark', 'nextMark', 'losses')
  local mark, next_mark, losses = h[1], h[2], tonumber(h[3] or 0)
  local present = string.format('%d %d %d', now, gate.tickets, gate.admitted)
  if not next_mark then
    redis.call('HSET', key, 'nextMark', present)
    next_mark = present
  end
  if now - numbers_of(next_mark)[1] >= age_min then
    mark = next_mark
    redis.call('HSET', key, 'mark', mark, 'nextMark', present)
  end
  local of_mark = numbers_of(mark)
  return { gate.epoch, gate.tickets, gate.admitted, losses, of_mark[1], of_mark[2], of_mark[3] }
end

local reply = { oldest_at(KEYS[1]) }
for c = 2, #KEYS do reply[c] = count(KEYS[c]) end
return reply
