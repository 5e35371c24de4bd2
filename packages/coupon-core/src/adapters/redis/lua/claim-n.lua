-- claim-n: earlier claim, receipt, window, state, capacity, ticket and queue entry for all requests of one tick.
-- Sent twice it returns the claims of the first time.
--
-- KEYS[1]  queue
-- KEYS[2]  drain counters
-- KEYS[3]  mark of the leases
-- KEYS[4…] gate of each coupon
-- ARGV[1]  claims prefix
-- ARGV[2]  what the queue may hold, as its length is counted
-- ARGV[3…] for each coupon: id, per-user limit, W3C traceparent or '', members, then for each member: user or user#key,
--          twice the hash of the user and 1 more with a verified receipt
-- returns  { now in ms, backlog, drained per second, then for each coupon
--            { epoch, tickets, admitted, of these settled, then for each member an answer } }
--          answer: a ticket as an integer (admitted now), a claim as a string (held before; a waiting line adds how many
--          are ahead), or a code:
-- code -1  NOT_INITIALISED
-- code -2  NOT_STARTED
-- code -3  ENDED
-- code -4  PAUSED
-- code -5  CLOSED
-- code -6  SOLD_OUT
-- code -7  SETTLING
-- code -8  QUEUE_FULL
-- code -9  LOST
-- code -10 SHRUNK_AND_ENDED
-- code -11 SHRUNK_AND_CLOSED
-- code -12 ALREADY_ISSUED
-- @include gate
-- @include queue

local claims_prefix = ARGV[1]
local now, run_id = now_ms(), server_run_id()
local queue_full = queue_length(KEYS[1]) >= tonumber(ARGV[2])
local backlog, rate = read_backlog(KEYS[2], now)
local reply = { now, backlog, rate }
local enqueued = 0
local at = 3

-- What keeps newcomers out of this gate, whatever is left.
local function code_of_shut(gate)
  if now < gate.startsAt then return -2 end
  if now >= gate.endsAt then return -3 end
  if gate.state == 'PAUSED' then return -4 end
  if gate.state ~= 'OPEN' then return -5 end
  return nil
end

-- What a gate that holds no claims says to everybody.
local function code_of_all(gate)
  if not gate then return -1 end
  if not has_shrunk(gate) then return nil end
  if now >= gate.endsAt then return -10 end
  if gate.state == 'CLOSED' then return -11 end
  -- Its window was extended since: it has to be rebuilt before it can judge.
  return -1
end

for c = 4, #KEYS do
  local coupon, limit, trace, members = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  local gate = read_gate(KEYS[c], run_id)
  local of_coupon = { '0', 0, 0, 0 }
  local admitted, lost = {}, {}

  local function decide_all()
    local buckets = buckets_prefix(claims_prefix, coupon, gate)
    local first_ticket = gate.tickets + 1
    local settled = settled_of(KEYS[1], coupon, gate)
    local shut = code_of_shut(gate)
    local settling = now < gate.settleUntil
    -- Units that came back a moment ago: a lease may still refuse whoever would be given one now.
    local reopening = now < gate.sellsFrom

    -- A receipt proves that the claim was accepted once, so neither window nor state is judged again.
    local function may_enter(proven)
      return not (is_full(gate) or reopening or queue_full) and (proven or not (shut or settling))
    end

    local function code_of_refusal(bucket, user, hash, proven, counter, has_all)
      if proven then
        if queue_full then return -8 end
        if not (is_full(gate) or has_all) then return -7 end
        redis.call('HSET', bucket, user, 'L')
        if counter then redis.call('HINCRBY', bucket, counter, 1) end
        add_to_list(gate, hash)
        move_lease_mark(KEYS[3], run_id)
        lost[#lost + 1] = user
        return -9
      end
      if shut then return shut end
      if has_all then return -12 end
      if is_full(gate) then return -6 end
      if settling then return -7 end
      if reopening then return -6 end
      return -8
    end

    for m = 5, 4 + members do
      local user, hash = ARGV[at], tonumber(ARGV[at + 1])
      local proven = hash % 2 == 1
      hash = (hash - hash % 2) / 2
      local bucket = buckets .. bucket_of(gate, hash)
      at = at + 2
      local counter = limit > 1 and counter_of(user)
      local has_all = counter and tonumber(redis.call('HGET', bucket, counter) or 0) >= limit
      -- Whoever may enter is written down at once: the claim that was there before, if any, stays.
      if not has_all and may_enter(proven) and redis.call('HSETNX', bucket, user, gate.tickets + 1) == 1 then
        gate.admitted = gate.admitted + 1
        gate.tickets = gate.tickets + 1
        if counter then redis.call('HINCRBY', bucket, counter, 1) end
        add_to_list(gate, hash)
        admitted[#admitted + 1] = user
        of_coupon[m] = gate.tickets
      else
        local claim = redis.call('HGET', bucket, user)
        of_coupon[m] = claim and told_claim(KEYS[1], coupon, gate, claim, first_ticket)
          or code_of_refusal(bucket, user, hash, proven, counter, has_all)
      end
    end

    if #admitted + #lost > 0 then
      redis.call('HSET', KEYS[c], 'admitted', gate.admitted, 'tickets', gate.tickets)
      if #lost > 0 then redis.call('HINCRBY', KEYS[c], 'losses', #lost) end
      enqueue(KEYS[1], coupon, gate.epoch, now, first_ticket, admitted, lost, trace)
      enqueued = enqueued + #admitted + #lost
    end
    of_coupon[1], of_coupon[2], of_coupon[3], of_coupon[4] = gate.epoch, gate.tickets, gate.admitted, settled
  end

  local code = code_of_all(gate)
  if code then
    for m = 5, 4 + members do of_coupon[m] = code end
    at = at + 2 * members
    if code ~= -1 then of_coupon[1] = gate.epoch end
  else
    decide_all()
  end
  reply[#reply + 1] = of_coupon
end

if enqueued > 0 then redis.call('HINCRBY', KEYS[2], 'enqueued', enqueued) end
return reply
