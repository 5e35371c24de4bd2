-- read-batch-1: entries for one consumer, together with the epoch that each coupon's gate has at this moment.
--
-- KEYS[1]  queue
-- ARGV[1]  group, ARGV[2] consumer
-- ARGV[3]  '>' for new entries, or the id behind which the consumer's own pending ones are read
-- ARGV[4]  claims at the most; an entry is never cut in two, so the first may exceed it
-- ARGV[5]  claims that one entry may hold
-- ARGV[6]  gate prefix
-- returns  { id of the last entry read, or the last that the queue ever gave out,
--            { id, { field, value … } for each entry }, { coupon, epoch for each gate that is initialised },
--            ids that were pending and are gone }
-- @include gate

local from, claims_max, claims_per_entry = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local entries, coupons, gone = {}, {}, {}
local claims, last_id = 0, nil

local function count(users)
  if not users then return 0 end
  local _, commas = string.gsub(users, ',', '')
  return commas + 1
end

while claims == 0 or claims + claims_per_entry <= claims_max do
  -- So many fit in any case, whatever they hold.
  local count_max = math.max(1, math.floor((claims_max - claims) / claims_per_entry))
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count_max, 'STREAMS', KEYS[1], from)
  local found = read and read[1][2]
  if not found or #found == 0 then break end
  for _, entry in ipairs(found) do
    last_id = entry[1]
    if entry[2] then
      entries[#entries + 1] = last_id
      entries[#entries + 1] = entry[2]
      local fields = {}
      for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
      claims = claims + math.max(1, count(fields.u) + count(fields.l))
      if fields.c then coupons[fields.c] = true end
    else
      redis.call('XACK', KEYS[1], ARGV[1], last_id)
      gone[#gone + 1] = last_id
    end
  end
  if from ~= '>' then from = last_id end
end

if not last_id then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last_id = info[i + 1] end
  end
end

return { last_id, entries, epochs_of(coupons, ARGV[6]), gone }
