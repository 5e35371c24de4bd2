-- look-up-n: the claims of some users, without making one.
--
-- KEYS[1]  queue
-- KEYS[2]  drain counters
-- KEYS[3…] gate of each coupon
-- ARGV[1]  claims prefix
-- ARGV[2…] for each coupon: id, members, then for each member: user or user#key, hash of the user
-- returns  { now in ms, backlog, drained per second, then for each coupon
--            { epoch, tickets, admitted, of these settled, then for each member an answer } }
--          answer: a claim as a string (a waiting line adds how many are ahead), or a code:
-- code -1  NOT_INITIALISED
-- code 0   NONE
-- code -10 SHRUNK
-- @include gate
-- @include queue

local now, run_id = now_ms(), server_run_id()
local backlog, rate = read_backlog(KEYS[2], now)
local reply = { now, backlog, rate }
local at = 2

local function code_of_all(gate)
  if not gate then return -1 end
  if has_shrunk(gate) then return -10 end
  return nil
end

for c = 3, #KEYS do
  local coupon, members = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  local gate = read_gate(KEYS[c], run_id)
  local of_coupon = gate and { gate.epoch, gate.tickets, gate.admitted, gate.done } or { '0', 0, 0, 0 }
  local buckets = gate and buckets_prefix(ARGV[1], coupon, gate)
  local code = code_of_all(gate)
  for m = 1, members do
    local answer = code
    if not code then
      local claim = redis.call('HGET', buckets .. bucket_of(gate, ARGV[at + 1]), ARGV[at])
      answer = claim and told_claim(KEYS[1], coupon, gate, claim, gate.tickets + 1) or 0
    end
    of_coupon[4 + m] = answer
    at = at + 2
  end
  reply[#reply + 1] = of_coupon
end
return reply
