-- update-n: what the rows say now, absolute and ordered by version; and who was issued a coupon at the V1 door.
-- Repeating it, or sending it late, is harmless.
--
-- KEYS[1…] gate of each coupon
-- ARGV[1]  claims prefix
-- ARGV[2…] for each coupon: id, version, state, window start, window end, capacity, capacity of an announced
--          decrease or '', members, then for each member issued at the V1 door: user, hash of the user
-- returns  for each coupon a code:
-- code -1  NOT_INITIALISED
-- code 1   APPLIED
-- code 2   STALE
-- code 3   FITS
-- @include gate

local run_id = server_run_id()
local reply = {}
local at = 2

for c = 1, #KEYS do
  local coupon, version = ARGV[at], tonumber(ARGV[at + 1])
  local state, starts_at, ends_at, capacity = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
  local lower, members = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  at = at + 8
  local gate = read_gate(KEYS[c], run_id)
  if not gate then
    reply[c] = -1
  elseif version < gate.version then
    reply[c] = 2
  else
    -- No more than that are given, and from here on none will be, whatever becomes of whoever announced it.
    local fits = lower and gate.admitted <= lower
    if fits then capacity = ARGV[at - 2] end
    redis.call('HSET', KEYS[c], 'version', string.format('%d', version), 'state', state, 'startsAt', starts_at,
      'endsAt', ends_at, 'capacity', capacity)
    reply[c] = fits and 3 or 1
  end
  local buckets = gate and buckets_prefix(ARGV[1], coupon, gate)
  for _ = 1, members do
    if gate then redis.call('HSETNX', buckets .. bucket_of(gate, ARGV[at + 1]), ARGV[at], 'V') end
    at = at + 2
  end
end
return reply
