-- Shared by the scripts that hear of claims which have left the line: what is counted here is what places in line and
-- waiting times are told from.

-- `of_coupon`: claims by coupon; `drained`: all of them, and those of no coupon.
local function count_drained(drain_key, gate_prefix, of_coupon, drained)
  for coupon, claims in pairs(of_coupon) do
    local gate = gate_prefix .. coupon
    if redis.call('HEXISTS', gate, 'epoch') == 1 then redis.call('HINCRBY', gate, 'done', claims) end
  end
  if drained == 0 then return end
  -- The rate forgets with a time constant of ten seconds, so that it follows the consumers up and down.
  local now = now_ms()
  local h = redis.call('HMGET', drain_key, 'rate', 'rateAt')
  local kept = math.exp(-(now - tonumber(h[2] or now)) / 10000)
  redis.call('HINCRBY', drain_key, 'done', drained)
  -- After a minute without work the measuring begins anew.
  if now - tonumber(h[2] or 0) > 60000 then redis.call('HSET', drain_key, 'since', string.format('%d', now)) end
  redis.call('HSET', drain_key, 'rate', tostring(tonumber(h[1] or 0) * kept + drained / 10), 'rateAt',
    string.format('%d', now))
end
