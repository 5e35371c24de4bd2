-- shrink-1: after the end of a campaign, makes a gate forget its claims, if all of them were found in the rows and
-- nothing has come since. From here on the rows alone say who has one; the gate says that it does not know any more.
--
-- KEYS[1]  gate
-- ARGV[1]  epoch
-- ARGV[2]  tickets that were given when the claims were looked at, ARGV[3] losses that were noted by then
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   SHRUNK
-- @include gate

local now = now_ms()
local gate = read_gate(KEYS[1], server_run_id())
if not gate or gate.epoch ~= ARGV[1] then return 0 end
if has_shrunk(gate) then return 1 end
local over = gate.state == 'CLOSED' or now >= gate.endsAt
if not over or now < gate.settleUntil or gate.tickets ~= tonumber(ARGV[2]) then return 0 end

-- A loss has no ticket, so tickets alone do not tell of it.
if tonumber(redis.call('HGET', KEYS[1], 'losses') or 0) ~= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'buckets', '0')
if gate.list then redis.call('UNLINK', gate.list) end
redis.call('HDEL', KEYS[1], 'splitTo', 'split', 'mark', 'nextMark', 'list', 'listBits', 'listReady', 'listDueAt')
return 1
