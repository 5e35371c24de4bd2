-- drive-again-2: puts claims that have neither a row nor an entry into the queue once more, under their own names.
-- Whatever is in the queue twice is settled once.
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

local gate = read_gate(KEYS[1], server_run_id())
if not gate or gate.epoch ~= ARGV[2] or has_shrunk(gate) then return 0 end
local now = now_ms()
for i = 3, #ARGV, 3 do
  local user, epoch, ticket = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if ticket == '' then
    redis.call('XADD', KEYS[2], '*', 'c', ARGV[1], 'e', epoch, 'a', now, 'l', user)
  else
    redis.call('XADD', KEYS[2], '*', 'c', ARGV[1], 'e', epoch, 'a', now, 't', ticket, 'u', user)
  end
end
return 1
