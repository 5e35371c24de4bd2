-- complete-list-2: adds to a list what was in the buckets when it was begun. What came since, the gate has added.
--
-- KEYS[1]  gate
-- KEYS[2]  a name for the bits on their way
-- ARGV[1]  epoch, ARGV[2] buckets that were read
-- ARGV[3]  list
-- ARGV[4]  its bits, from what was read
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   COMPLETED
-- @include gate

local gate = read_gate(KEYS[1], server_run_id())
if not gate or gate.epoch ~= ARGV[1] or gate.list ~= ARGV[3] then return 0 end
-- Claims move while the gate grows, to buckets that come later: whoever has read all of them has missed none.
if (gate.splitTo or gate.buckets) ~= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[2], ARGV[4])
redis.call('BITOP', 'OR', gate.list, gate.list, KEYS[2])
redis.call('UNLINK', KEYS[2])
redis.call('HSET', KEYS[1], 'listReady', '1')
return 1
