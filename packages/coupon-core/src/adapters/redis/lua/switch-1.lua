-- switch-1: makes the loaded gate the present one; only under the fence of its own epoch, and only on the run of
-- the server that the fence was set on, since another run may have lost a part of what was loaded.
--
-- KEYS[1]  gate
-- ARGV[1]  epoch
-- ARGV[2]  version, ARGV[3] state, ARGV[4] window start, ARGV[5] window end, ARGV[6] capacity
-- ARGV[7]  tickets that count against the capacity
-- ARGV[8]  of these, not persisted yet
-- ARGV[9]  buckets
-- ARGV[10] settlement time in ms
-- ARGV[11] in ms, for how long nobody is admitted: as long as a lease of the gate before may live
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   SWITCHED
-- @include gate

local run_id = server_run_id()
local h = redis.call('HMGET', KEYS[1], 'fence', 'fenceRunId', 'epoch', 'runId', 'list')
-- The same call has switched already, and its reply was lost.
if h[3] == ARGV[1] and h[4] == run_id then return 1 end
if h[1] ~= ARGV[1] or h[2] ~= run_id then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'runId', run_id, 'version', ARGV[2], 'state', ARGV[3],
  'startsAt', ARGV[4], 'endsAt', ARGV[5], 'capacity', ARGV[6], 'admitted', ARGV[7], 'tickets', '0',
  'done', string.format('%d', ARGV[7] - ARGV[8]), 'buckets', ARGV[9],
  'settleUntil', string.format('%d', now_ms() + ARGV[10]), 'sellsFrom', string.format('%d', now_ms() + ARGV[11]))
if h[5] then redis.call('UNLINK', h[5]) end
redis.call('HDEL', KEYS[1], 'fence', 'fenceRunId', 'fenceAt', 'splitTo', 'split', 'mark', 'nextMark', 'list',
  'listBits', 'listReady', 'listDueAt')
return 1
