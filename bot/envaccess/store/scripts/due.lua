-- Sort in what is marked, a bounded number at a time; then tell whose turn it is: ids that need a new message in the
-- approvers channel, as many as may be posted and every emergency; ids that need none; how many wait for a message; and
-- the milliseconds until the next mark (-1: none).
-- Takes: limit integer, posts integer, sorted integer
local function look_at(id)
  local record = read(id)
  return record or { id = id }, record and left_to_show(record) or {}
end

-- A request, and what is left to draw of it. Of one that somebody spoiled that is whatever its reader says.
local function left_of(id)
  local ran, record, left = pcall(look_at, id)
  if ran then
    return record, left
  end
  return { id = id }, { drawings = true }
end

local marked = redis.call('ZRANGEBYSCORE', key('dirty'), '-inf', int(NOW), 'LIMIT', 0, A.sorted)
if #marked > 0 then
  bypass_oom()
end
for _, id in ipairs(marked) do
  local record, left = left_of(id)
  if left.postings or left.drawings then
    for _, queue in ipairs(QUEUES) do
      if left[queue] then
        queue_up(queue, record)
      else
        leave_queue(queue, id)
      end
    end
    redis.call('ZADD', key('dirty'), int(NOW + LOOK_AGAIN), id)
  else
    unmark(id)
  end
end

-- A replica that still runs the version before draws without knowing the queues: what it has drawn leaves them here,
-- or it would be given out again and again, and use up the turns of the others.
local stale = false
local function still_left(queue, ids)
  local found = {}
  for _, id in ipairs(ids) do
    local _, left = left_of(id)
    if left[queue] then
      found[#found + 1] = id
    else
      bypass_oom()
      leave_queue(queue, id)
      stale = true
    end
  end
  return found
end

local function first(queue, most)
  return most > 0 and redis.call('ZRANGE', key(queue), 0, most - 1) or {}
end
local postings = first('postings', A.posts)
if #postings == A.posts then
  local urgent = redis.call('ZRANGEBYSCORE', key('postings'), '-inf', '(' .. int(SPAN), 'LIMIT', 0, A.limit)
  postings = #urgent > #postings and urgent or postings
end
postings = still_left('postings', postings)
local drawings = still_left('drawings', first('drawings', A.limit))
local wait = -1
local after = redis.call('ZRANGE', key('dirty'), 0, 0, 'WITHSCORES')
if #after > 0 then
  wait = math.max(0, tonumber(after[2]) - NOW)
end
if stale then
  wait = 0
end
return cjson.encode({
  postings = table.concat(postings, ','), drawings = table.concat(drawings, ','),
  posts = redis.call('ZCARD', key('postings')), wait = wait,
})
