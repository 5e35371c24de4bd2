-- split-2: divides the claim buckets of a gate among more of them, a few at a time, while claims go on.
-- Sent twice, or by several callers at once, it only gets on faster.
--
-- KEYS[1]  gate
-- KEYS[2]  buckets of every epoch
-- ARGV[1]  claims prefix
-- ARGV[2]  coupon
-- ARGV[3]  epoch, ARGV[4] buckets that the caller has seen in the gate
-- ARGV[5]  buckets that there shall be, a multiple of these
-- ARGV[6]  claims after which it stops for this time
-- returns  a code:
-- code -1  NOT_INITIALISED
-- code 0   DONE
-- code 1   MORE
-- @include gate

local HSET_ARGUMENTS_MAX = 1000

-- FNV-1a as `keys.ts` has it, of a claim's user. The prime is 2^24 + 403, and both products are exact as doubles.
local function hash_of(name)
  local hash = 0x811c9dc5
  for i = 1, #name do
    local byte = string.byte(name, i)
    if byte == 35 then break end -- '#' ends the user, where a user may have several claims
    hash = bit.bxor(hash, byte) % 4294967296
    hash = (hash % 256 * 16777216 + hash * 403) % 4294967296
  end
  return hash
end

local function write(bucket, fields)
  for from = 1, #fields, HSET_ARGUMENTS_MAX do
    redis.call('HSET', bucket, unpack(fields, from, math.min(#fields, from + HSET_ARGUMENTS_MAX - 1)))
  end
end

-- The bucket is written anew, because one that has left the compact encoding never returns to it.
local function divide(prefix, bucket, into)
  local fields = redis.call('HGETALL', prefix .. bucket)
  local parts = {}
  for i = 1, #fields, 2 do
    local target = hash_of(fields[i]) % into
    local part = parts[target] or {}
    parts[target] = part
    part[#part + 1] = fields[i]
    part[#part + 1] = fields[i + 1]
  end
  local stays = parts[bucket]
  parts[bucket] = nil
  for target, part in pairs(parts) do write(prefix .. target, part) end
  redis.call('DEL', prefix .. bucket)
  if stays then write(prefix .. bucket, stays) end
  return #fields / 2
end

local gate = read_gate(KEYS[1], server_run_id())
if not gate then return -1 end
-- Another gate, or another caller has come to the end meanwhile, or the claims are gone.
if gate.epoch ~= ARGV[3] or gate.buckets ~= tonumber(ARGV[4]) then return 0 end
if not gate.splitTo then
  gate.splitTo, gate.split = tonumber(ARGV[5]), 0
  -- Announced before the first of the new buckets is written, so that none of them is forgotten when they are removed.
  redis.call('HSET', KEYS[2], gate.epoch, ARGV[5])
  redis.call('HSET', KEYS[1], 'splitTo', ARGV[5])
end

local prefix = buckets_prefix(ARGV[1], ARGV[2], gate)
local left = tonumber(ARGV[6])
while gate.split < gate.buckets and left > 0 do
  -- An empty bucket counts as well, since looking at it takes time too.
  left = left - 1 - divide(prefix, gate.split, gate.splitTo)
  gate.split = gate.split + 1
end
if gate.split < gate.buckets then
  redis.call('HSET', KEYS[1], 'split', string.format('%d', gate.split))
  return 1
end
redis.call('HSET', KEYS[1], 'buckets', string.format('%d', gate.splitTo))
redis.call('HDEL', KEYS[1], 'splitTo', 'split')
return 0
