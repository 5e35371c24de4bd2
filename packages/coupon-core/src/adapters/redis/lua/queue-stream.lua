-- The queue as a stream, for the scripts of the gate; `queue-line.lua` has the same functions for a waiting line.

local function add_entry(queue, coupon, epoch, now, first_ticket, users, lost, trace)
  local entry = { 'c', coupon, 'e', epoch, 'a', now }
  local function add(field, value)
    entry[#entry + 1] = field
    entry[#entry + 1] = value
  end
  if #users > 0 then
    add('t', first_ticket)
    add('u', table.concat(users, ','))
  end
  if #lost > 0 then add('l', table.concat(lost, ',')) end
  if trace ~= '' then add('x', trace) end
  redis.call('XADD', queue, '*', unpack(entry))
end

-- What the bound of the queue counts: entries.
local function queue_length(queue)
  return redis.call('XLEN', queue)
end

-- Those whom one call admitted to a coupon, with tickets from the first one on, and those whose loss it noted.
local enqueue = add_entry

-- A claim whose entry is missing; `ticket` is '' for a loss. Whatever is in the queue twice is settled once.
local function enqueue_again(queue, coupon, epoch, now, ticket, user)
  if ticket == '' then
    add_entry(queue, coupon, epoch, now, nil, {}, { user }, '')
  else
    add_entry(queue, coupon, epoch, now, ticket, { user }, {}, '')
  end
end

-- When the oldest entry was written, in ms; 0 where there is none.
local function oldest_at(queue)
  local oldest = redis.call('XRANGE', queue, '-', '+', 'COUNT', 1)[1]
  return oldest and tonumber(string.match(oldest[1], '^%d+')) or 0
end

-- Removes settled entries of a consumer group for good; answers of each whether it was still there.
local function remove(queue, group, ids)
  local removed = {}
  for i, id in ipairs(ids) do removed[i] = redis.call('XDEL', queue, id) == 1 end
  redis.call('XACK', queue, group, unpack(ids))
  return removed
end

-- How many tickets were settled, of all that the gate counts as admitted: whoever has a later one waits behind the rest.
local function settled_of(_queue, _coupon, gate)
  return gate.done
end

-- A claim that was held before this call, as it is told: a stream knows no rank.
local function told_claim(_queue, _coupon, _gate, claim)
  return claim
end
