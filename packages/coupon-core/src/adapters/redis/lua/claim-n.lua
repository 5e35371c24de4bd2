-- claim-n: earlier claim, receipt, window, state, capacity, ticket and queue entry for all requests of one tick.
-- Sent twice it returns the claims of the first time.
--
-- KEYS[1]  queue
-- KEYS[2]  drain counters
-- KEYS[3…] gate of each coupon
-- ARGV[1]  claims prefix
-- ARGV[2]  entries the queue may hold
-- ARGV[3]  W3C traceparent or ''
-- ARGV[4…] for each coupon: id, members, then for each member: user, hash of the user, '1' with a verified receipt
-- returns  { now in ms, backlog, drained per second, then for each coupon
--            { epoch, tickets, admitted, done, then for each member an answer } }
--          answer: a ticket as an integer (admitted now), a claim as a string (held before), or a code:
-- code -1  NOT_INITIALISED
-- code -2  NOT_STARTED
-- code -3  ENDED
-- code -4  PAUSED
-- code -5  CLOSED
-- code -6  SOLD_OUT
-- code -7  SETTLING
-- code -8  QUEUE_FULL
-- code -9  LOST
-- @include gate

local claims_prefix, trace = ARGV[1], ARGV[3]
local now, run_id = now_ms(), server_run_id()
local queue_full = redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2])
local backlog, rate = read_backlog(KEYS[2], now)
local reply = { now, backlog, rate }
local enqueued = 0
local at = 4

for c = 3, #KEYS do
  local coupon, members = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local gate = read_gate(KEYS[c], run_id)
  local answers, admitted, lost = {}, {}, {}
  local first_ticket = gate and gate.tickets + 1

  local function admit(bucket, user)
    if queue_full then return -8 end
    gate.admitted = gate.admitted + 1
    gate.tickets = gate.tickets + 1
    redis.call('HSET', bucket, user, string.format('%d', gate.tickets))
    admitted[#admitted + 1] = user
    return gate.tickets
  end

  -- The claim was accepted once, so neither window nor state is judged again: a unit, or a final loss.
  local function admit_by_receipt(bucket, user)
    if gate.admitted < gate.capacity then return admit(bucket, user) end
    if queue_full then return -8 end
    redis.call('HSET', bucket, user, 'L')
    lost[#lost + 1] = user
    return -9
  end

  local function decide(user, hash, proven)
    local bucket = bucket_of(claims_prefix, coupon, gate, hash)
    local held = redis.call('HGET', bucket, user)
    if held then return held end
    if proven then return admit_by_receipt(bucket, user) end
    if now < gate.startsAt then return -2 end
    if now >= gate.endsAt then return -3 end
    if gate.state == 'PAUSED' then return -4 end
    if gate.state ~= 'OPEN' then return -5 end
    if gate.admitted >= gate.capacity then return -6 end
    if now < gate.settleUntil then return -7 end
    return admit(bucket, user)
  end

  for m = 1, members do
    answers[m] = gate and decide(ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2] == '1') or -1
    at = at + 3
  end

  if #admitted + #lost > 0 then
    redis.call('HSET', KEYS[c], 'admitted', string.format('%d', gate.admitted), 'tickets',
      string.format('%d', gate.tickets))
    local entry = { 'c', coupon, 'e', gate.epoch, 'a', string.format('%d', now) }
    local function add(field, value)
      entry[#entry + 1] = field
      entry[#entry + 1] = value
    end
    if #admitted > 0 then
      add('t', string.format('%d', first_ticket))
      add('u', table.concat(admitted, ','))
    end
    if #lost > 0 then add('l', table.concat(lost, ',')) end
    if trace ~= '' then add('x', trace) end
    redis.call('XADD', KEYS[1], '*', unpack(entry))
    enqueued = enqueued + #admitted + #lost
  end

  local of_coupon = gate and { gate.epoch, gate.tickets, gate.admitted, gate.done } or { '0', 0, 0, 0 }
  for m = 1, members do of_coupon[4 + m] = answers[m] end
  reply[#reply + 1] = of_coupon
end

if enqueued > 0 then redis.call('HINCRBY', KEYS[2], 'enqueued', enqueued) end
return reply
