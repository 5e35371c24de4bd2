-- acknowledge-2: removes settled entries for good, and counts what was drained.
--
-- KEYS[1]  queue
-- KEYS[2]  drain counters
-- ARGV[1]  whose they are: consumer group of a stream, consumer of a waiting line
-- ARGV[2]  gate prefix
-- ARGV[3…] for each entry: id, coupon or '', claims
-- returns  claims of the entries that were still there
-- @include gate
-- @include queue

local drained, of_coupon, ids = 0, {}, {}
for i = 3, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
for i, was_there in ipairs(remove(KEYS[1], ARGV[1], ids)) do
  if was_there then
    local coupon, claims = ARGV[3 * i + 1], tonumber(ARGV[3 * i + 2])
    drained = drained + claims
    if coupon ~= '' then of_coupon[coupon] = (of_coupon[coupon] or 0) + claims end
  end
end
for coupon, claims in pairs(of_coupon) do
  local gate = ARGV[2] .. coupon
  if redis.call('HEXISTS', gate, 'epoch') == 1 then redis.call('HINCRBY', gate, 'done', claims) end
end

if drained > 0 then
  -- The rate forgets with a time constant of ten seconds, so that it follows the consumers up and down.
  local now = now_ms()
  local h = redis.call('HMGET', KEYS[2], 'rate', 'rateAt')
  local kept = math.exp(-(now - tonumber(h[2] or now)) / 10000)
  redis.call('HINCRBY', KEYS[2], 'done', drained)
  -- After a minute without work the measuring begins anew.
  if now - tonumber(h[2] or 0) > 60000 then redis.call('HSET', KEYS[2], 'since', string.format('%d', now)) end
  redis.call('HSET', KEYS[2], 'rate', tostring(tonumber(h[1] or 0) * kept + drained / 10), 'rateAt',
    string.format('%d', now))
end
return drained
