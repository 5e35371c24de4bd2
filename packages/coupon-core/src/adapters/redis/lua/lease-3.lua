-- lease-3: may the caller say "sold out" by itself for a while? It may while nobody can be sold a unit, and once
-- there is a list of those who hold a claim.
--
-- KEYS[1]  mark of the leases
-- KEYS[2]  gate
-- KEYS[3]  list of those who hold a claim; epoch and bits are added to its name
-- returns  { code, mark, ms until the window ends, list, bits, epoch, buckets }; after code 0 and 3 the code alone
-- code 0   NONE
-- code 1   LEASED
-- code 2   BUILD
-- code 3   BEING_BUILT
-- @include gate

-- A person who holds no claim shares a bit with one who does once in 16, and once in ten where the bound is met.
local BITS_PER_CLAIM, BITS_MIN, BITS_MAX, CLAIMS_MAX = 16, 8192, 10000000, 1000000
-- For how long others wait for whoever builds the list, before they do it themselves.
local BUILD_MS_MAX = 10000

local now, run_id = now_ms(), server_run_id()
local gate = read_gate(KEYS[2], run_id)
-- One that has shrunk and is open again, because its window was extended, knows nobody who holds a claim.
local leasable = gate and not has_shrunk(gate) and gate.state == 'OPEN' and now >= gate.startsAt
  and now < gate.endsAt and is_full(gate)
if not leasable or gate.admitted > CLAIMS_MAX then return { 0 } end

local bits = math.max(BITS_MIN, math.min(BITS_MAX, BITS_PER_CLAIM * gate.admitted))
local is_begun = gate.list and gate.listBits * 2 > bits
if is_begun then bits = gate.listBits end
local progress = redis.call('HMGET', KEYS[2], 'listReady', 'listDueAt')
local code = 1
if not is_begun or not progress[1] then
  if is_begun and now < tonumber(progress[2]) then return { 3 } end
  code = 2
  local list = string.format('%s:%s:%d', KEYS[3], gate.epoch, bits)
  if gate.list and gate.list ~= list then redis.call('UNLINK', gate.list) end
  redis.call('HDEL', KEYS[2], 'listReady')
  redis.call('HSET', KEYS[2], 'list', list, 'listBits', string.format('%d', bits), 'listDueAt',
    string.format('%d', now + BUILD_MS_MAX))
  gate.list = list
end
if not read_lease_mark(KEYS[1], run_id) then move_lease_mark(KEYS[1], run_id) end
return { code, read_lease_mark(KEYS[1], run_id), gate.endsAt - now, gate.list, bits, gate.epoch,
  gate.splitTo or gate.buckets }
