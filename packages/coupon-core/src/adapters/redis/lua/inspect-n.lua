-- inspect-n: how gates are, for whoever rebuilds those that are shut for good.
--
-- KEYS[1…] gate of each coupon
-- ARGV[1]  after how many ms without a word a rebuild counts as dead
-- ARGV[2…] for each coupon: the epoch of its row
-- returns  for each coupon a code:
-- code 0   SHUT
-- code 1   UP
-- code 2   BEING_BUILT
-- @include gate

local now, run_id = now_ms(), server_run_id()
local silence = tonumber(ARGV[1])
local reply = {}
for c = 1, #KEYS do
  local h = redis.call('HMGET', KEYS[c], 'epoch', 'runId', 'fence', 'fenceRunId', 'fenceAt', 'buckets', 'state', 'endsAt')
  local code = 0
  if h[3] then
    if h[4] == run_id and now - tonumber(h[5] or 0) < silence then code = 2 end
  -- Fencing comes before the row learns of an epoch, so an open gate that is behind the row is one of a server that
  -- was replaced by another and has come back.
  elseif h[1] and h[2] == run_id and tonumber(h[1]) >= tonumber(ARGV[c + 1]) then
    -- One that has forgotten its claims after the end, and whose window was extended since, cannot judge anybody.
    local reopened = h[6] == '0' and h[7] ~= 'CLOSED' and now < tonumber(h[8])
    if not reopened then code = 1 end
  end
  reply[c] = code
end
return reply
