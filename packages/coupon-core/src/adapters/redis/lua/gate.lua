-- Shared by the scripts that judge a gate.

-- Which run of which server this is. It is read here, because a run id that a caller passes in may be one that it
-- learned before the server was restarted or replaced.
local function server_run_id()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The gate at this key; nil where it is missing, shut for a rebuild, or was written by another run of the server.
local function read_gate(key, run_id)
  local h = redis.call('HMGET', key, 'epoch', 'runId', 'fence', 'version', 'state', 'startsAt', 'endsAt',
    'capacity', 'admitted', 'tickets', 'done', 'buckets', 'settleUntil', 'splitTo', 'split', 'sellsFrom', 'list',
    'listBits')
  if not h[1] or h[3] or h[2] ~= run_id then return nil end
  return {
    epoch = h[1], version = tonumber(h[4]), state = h[5], startsAt = tonumber(h[6]), endsAt = tonumber(h[7]),
    capacity = tonumber(h[8]), admitted = tonumber(h[9]), tickets = tonumber(h[10]), done = tonumber(h[11]),
    buckets = tonumber(h[12]), settleUntil = tonumber(h[13]), splitTo = tonumber(h[14]), split = tonumber(h[15]),
    sellsFrom = tonumber(h[16] or 0), list = h[17], listBits = tonumber(h[18])
  }
end

-- { coupon, epoch … } of those gates that are initialised; `coupons` has them as keys.
local function epochs_of(coupons, gate_prefix)
  local epochs = {}
  local run_id = next(coupons) and server_run_id()
  for coupon in pairs(coupons) do
    local gate = read_gate(gate_prefix .. coupon, run_id)
    if gate then
      epochs[#epochs + 1] = coupon
      epochs[#epochs + 1] = gate.epoch
    end
  end
  return epochs
end

local function is_full(gate)
  return gate.admitted >= gate.capacity
end

-- Whatever ends what the leases of a shard were told moves its mark. No value comes twice, and each names the run of
-- the server, so a mark that was lost or has come back old is never taken for the present one.
local function move_lease_mark(mark_key, run_id)
  local time = redis.call('TIME')
  redis.call('SET', mark_key, string.format('%s:%s%06d', run_id, time[1], time[2]))
end

local function read_lease_mark(mark_key, run_id)
  local mark = redis.call('GET', mark_key)
  return mark and string.find(mark, run_id, 1, true) == 1 and mark or nil
end

-- Once a list of those who hold a claim was begun, it is kept: nobody in the buckets is missing in it.
local function add_to_list(gate, hash)
  if gate.list then redis.call('SETBIT', gate.list, hash % gate.listBits, 1) end
end

-- Names of buckets begin so and end with the number of the bucket.
local function buckets_prefix(claims_prefix, coupon, gate)
  return claims_prefix .. coupon .. ':' .. gate.epoch .. ':'
end

-- A gate that has shrunk holds no claims: whoever has one is in the rows.
local function has_shrunk(gate)
  return gate.buckets == 0
end

-- The one rule that says where a claim lies. While the gate grows, the buckets below `split` are divided among
-- `splitTo` of them already; that is a multiple of `buckets`, so a claim never moves between two of the old ones.
local function bucket_of(gate, hash)
  local bucket = hash % gate.buckets
  if gate.splitTo and bucket < gate.split then return hash % gate.splitTo end
  return bucket
end

-- Where a person may have several claims, each is named `user#key`; a field `user#` beside them counts them.
local function counter_of(claimant)
  return string.match(claimant, '^[^#]+#')
end

-- Claims that are not persisted yet, and how many the consumers persist a second. The rate is a mean over about ten
-- seconds, so while draining has lasted for less, it stands for that part of them only.
local function read_backlog(drain_key, now)
  local h = redis.call('HMGET', drain_key, 'enqueued', 'done', 'rate', 'since')
  local measured = 1 - math.exp(-math.max(500, now - tonumber(h[4] or 0)) / 10000)
  return math.max(0, tonumber(h[1] or 0) - tonumber(h[2] or 0)), math.floor(tonumber(h[3] or 0) / measured)
end
