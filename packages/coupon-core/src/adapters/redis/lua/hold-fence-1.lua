-- hold-fence-1: says that the rebuild of this epoch goes on.
--
-- KEYS[1]  gate
-- ARGV[1]  epoch
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   HELD
-- @include gate

local h = redis.call('HMGET', KEYS[1], 'fence', 'fenceRunId')
if h[1] ~= ARGV[1] or h[2] ~= server_run_id() then return 0 end
redis.call('HSET', KEYS[1], 'fenceAt', string.format('%d', now_ms()))
return 1
