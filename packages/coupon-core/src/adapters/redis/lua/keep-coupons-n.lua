-- keep-coupons-n: keeps what rows said of coupons, each with its version and the run of this server; an older version
-- never replaces a newer one. Repeating it is harmless.
--
-- KEYS[1…] kept reading of each coupon
-- ARGV[1…] for each coupon: version, life in ms, reading
-- returns  for each coupon a code:
-- code 1   KEPT
-- code 2   STALE
-- @include gate

local run_id = server_run_id()
local reply = {}

for c = 1, #KEYS do
  local version, life_ms, reading = ARGV[3 * c - 2], ARGV[3 * c - 1], ARGV[3 * c]
  local kept = tonumber(string.match(redis.call('GET', KEYS[c]) or '', '^(%d+):') or 0)
  if tonumber(version) < kept then
    reply[c] = 2
  else
    redis.call('SET', KEYS[c], version .. ':' .. run_id .. ':' .. reading, 'PX', life_ms)
    reply[c] = 1
  end
end
return reply
