-- drive-again-2: puts claims that have neither a row nor an entry into the queue once more, under their own names.
--
-- KEYS[1]  gate
-- KEYS[2]  queue
-- ARGV[1]  coupon
-- ARGV[2]  epoch of the gate that the claims were found in
-- ARGV[3…] for each entry: user, epoch, ticket or '' where a loss was recorded
-- returns  a code:
-- code 0   OVERTAKEN
-- code 1   DRIVEN
-- @include gate
-- @include queue

local gate = read_gate(KEYS[1], server_run_id())
if not gate or gate.epoch ~= ARGV[2] or has_shrunk(gate) then return 0 end
local now = now_ms()
for i = 3, #ARGV, 3 do
  local user, epoch, ticket = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  enqueue_again(KEYS[2], ARGV[1], epoch, now, ticket, user)
end
return 1
