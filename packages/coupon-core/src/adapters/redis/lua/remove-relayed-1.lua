-- remove-relayed-1: removes entries that a broker has acknowledged, as far as their coupon's gate still has the epoch
-- that they were sent with. Once a rebuild has shut that gate, an entry stays, and is sent again with a later epoch:
-- whatever was removed was acknowledged before, so the rebuild knows how far the topic has to be settled.
--
-- KEYS[1]  queue
-- ARGV[1]  consumer group
-- ARGV[2]  gate prefix
-- ARGV[3…] for each entry: id, coupon, epoch
-- returns  how many were removed, or were not there any more
-- @include gate
-- @include queue

local coupons, ids = {}, {}
for i = 3, #ARGV, 3 do coupons[ARGV[i + 1]] = true end
local epochs, flat = {}, epochs_of(coupons, ARGV[2])
for i = 1, #flat, 2 do epochs[flat[i]] = flat[i + 1] end
for i = 3, #ARGV, 3 do
  if epochs[ARGV[i + 1]] == ARGV[i + 2] then ids[#ids + 1] = ARGV[i] end
end
if #ids > 0 then remove(KEYS[1], ARGV[1], ids) end
return #ids
