-- update-n: what the rows say now, absolute and ordered by version; and who was issued a coupon at the V1 door.
-- Repeating it, or sending it late, is harmless.
--
-- KEYS[1]  mark of the leases
-- KEYS[2…] gate of each coupon
-- ARGV[1]  claims prefix
-- ARGV[2]  in ms, for how long a gate that was full admits nobody: longer than a lease lives
-- ARGV[3…] for each coupon: id, version, state, window start, window end, capacity, capacity of an announced
--          decrease or '', members, then for each member issued at the V1 door: user or user#key, hash of the user
-- returns  for each coupon a code:
-- code -1  NOT_INITIALISED
-- code 1   APPLIED
-- code 2   STALE
-- code 3   FITS
-- @include gate

local run_id = server_run_id()
local reply = {}
local at = 3

for c = 2, #KEYS do
  local coupon, version = ARGV[at], tonumber(ARGV[at + 1])
  local state, starts_at, ends_at, capacity = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
  local lower, members = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  at = at + 8
  local gate = read_gate(KEYS[c], run_id)
  if not gate then
    reply[c - 1] = -1
  elseif version < gate.version then
    reply[c - 1] = 2
  else
    -- No more than that are given, and from here on none will be, whatever becomes of whoever announced it.
    local fits = lower and gate.admitted <= lower
    if fits then capacity = ARGV[at - 2] end
    redis.call('HSET', KEYS[c], 'version', string.format('%d', version), 'state', state, 'startsAt', starts_at,
      'endsAt', ends_at, 'capacity', capacity)
    local full_before = is_full(gate)
    local same = state == gate.state and tonumber(starts_at) == gate.startsAt and tonumber(ends_at) == gate.endsAt
    gate.capacity = tonumber(capacity)
    local reopens = full_before and not is_full(gate)
    -- In whatever state: receipts are admitted during a pause too. A gate that is not full has given no lease, so
    -- what comes later never moves the moment.
    if reopens then redis.call('HSET', KEYS[c], 'sellsFrom', string.format('%d', now_ms() + ARGV[2])) end
    if full_before and (reopens or not same) then move_lease_mark(KEYS[1], run_id) end
    reply[c - 1] = fits and 3 or 1
  end
  local buckets = gate and not has_shrunk(gate) and buckets_prefix(ARGV[1], coupon, gate)
  for _ = 1, members do
    local hash = tonumber(ARGV[at + 1])
    local bucket = buckets and buckets .. bucket_of(gate, hash)
    if bucket and redis.call('HSETNX', bucket, ARGV[at], 'V') == 1 then
      local counter = counter_of(ARGV[at])
      if counter then redis.call('HINCRBY', bucket, counter, 1) end
      if gate.list then
        add_to_list(gate, hash)
        move_lease_mark(KEYS[1], run_id)
      end
    end
    at = at + 2
  end
end
return reply
