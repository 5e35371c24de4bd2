-- fence-2: shuts the gate for everybody but the rebuild of this epoch. A fence only ever moves upwards.
--
-- KEYS[1]  gate
-- KEYS[2]  mark of the leases
-- ARGV[1]  epoch
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   FENCED
-- @include gate

local epoch = tonumber(ARGV[1])
local h = redis.call('HMGET', KEYS[1], 'epoch', 'fence', 'fenceRunId')
-- Only one rebuild has this epoch: its own fence was set by the same call, whose reply was lost.
if h[2] == ARGV[1] and h[3] == server_run_id() then return 1 end
if epoch <= tonumber(h[1] or 0) or epoch <= tonumber(h[2] or 0) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'fenceRunId', server_run_id(), 'fenceAt',
  string.format('%d', now_ms()))
move_lease_mark(KEYS[2], server_run_id())
return 1
