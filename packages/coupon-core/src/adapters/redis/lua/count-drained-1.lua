-- count-drained-1: counts claims that were decided after they had left the queue for a topic. These are numbers to tell
-- people from, so a call whose reply was lost may count them twice.
--
-- KEYS[1]  drain counters
-- ARGV[1]  gate prefix
-- ARGV[2…] for each coupon: coupon, claims
-- returns  claims of all of them
-- @include gate
-- @include drained

local drained, of_coupon = 0, {}
for i = 2, #ARGV, 2 do
  local claims = tonumber(ARGV[i + 1])
  drained = drained + claims
  of_coupon[ARGV[i]] = claims
end
count_drained(KEYS[1], ARGV[1], of_coupon, drained)
return drained
