-- acknowledge-2: removes settled entries for good, and counts what was drained.
--
-- KEYS[1]  queue
-- KEYS[2]  drain counters
-- ARGV[1]  whose they are: consumer group of a stream, consumer of a waiting line
-- ARGV[2]  gate prefix
-- ARGV[3…] for each entry: id, coupon or '', claims
-- returns  claims of the entries that were still there
-- @include gate
-- @include drained
-- @include queue

local drained, of_coupon, ids = 0, {}, {}
for i = 3, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
for i, was_there in ipairs(remove(KEYS[1], ARGV[1], ids)) do
  if was_there then
    local coupon, claims = ARGV[3 * i + 1], tonumber(ARGV[3 * i + 2])
    drained = drained + claims
    if coupon ~= '' then of_coupon[coupon] = (of_coupon[coupon] or 0) + claims end
  end
end
count_drained(KEYS[2], ARGV[2], of_coupon, drained)
return drained
