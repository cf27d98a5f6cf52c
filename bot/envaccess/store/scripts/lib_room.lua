-- How much of one person or machine there is already, of which there may only be so much.
local function since_ago(list, milliseconds)
  return redis.call('ZCOUNT', list, '(' .. int(NOW - milliseconds), '+inf')
end

local asked_in_window

-- How many requests this person made in the window that approvers are told about; no fewer than in a day.
local function since_asked()
  asked_in_window = asked_in_window or since_ago(key('asked', A.requester), TTL.asked)
  return asked_in_window
end

-- When the oldest of so many newest leaves the window that is counted.
local function room_at(list, most, milliseconds)
  local oldest = redis.call('ZREVRANGE', list, most - 1, most - 1, 'WITHSCORES')
  return tonumber(oldest[2] or NOW) + milliseconds
end

local function count_pending()
  local pending, waiting = key('pending', A.requester), 0
  if redis.call('HLEN', pending) < MOST.pending then
    return 0
  end
  for _, id in ipairs(redis.call('HVALS', pending)) do
    local record = read(id)
    if record then
      settle(record)
      waiting = waiting + (record.state == 'pending' and 1 or 0)
    end
  end
  return waiting
end

-- How much of all live runs of a machine waits; what a run whose sessions are over asked for is being withdrawn.
local function count_of_machine(machine)
  local runs, waiting = {}, 0
  for _, id in ipairs(redis.call('ZRANGE', key('signed_in', machine), 0, -1)) do
    local run = redis.call('HGET', key('session', id), 'person')
    if run and not runs[run] then
      runs[run] = true
      waiting = waiting + #redis.call('HVALS', key('pending', run))
    end
  end
  return waiting
end
