-- Run what is overdue; return the milliseconds until the next deadline (0: more waits, -1: none).
local function count(who)
  local number = tonumber(redis.call('GET', key('refused', who)) or '0')
  if number > 0 then
    local actor, why = string.match(who, '^(.*):([^:]+)$')
    emit('access.refused_count', actor, nil, { count = int(number), why = why })
  end
  redis.call('DEL', key('refused', who))
end

local function give_duty_back(pair)
  local giver, taker = string.match(pair, '^(.*):(.*)$')
  if redis.call('ZREM', key('delegations'), pair) == 1 then
    emit('duty.returned', 'time', nil, { of = giver, from = taker })
    draw_undecided()
  end
end

-- Go on ending what a lock of very many grants left over.
local function go_on_locking(target)
  local found = redis.call('HGET', key('locks'), target)
  local lock = found and cjson.decode(found)
  if lock then
    end_under(target, lock.by, lock.why, function() end)
  end
end

-- Whether the deadline is right, but what it is about is not over: a key lives through its last millisecond.
local function not_over(kind, record)
  return (kind == 'expire' and record.grant == 'active') or (kind == 'time_out' and record.state == 'pending')
    or (kind == 'step' and record.state == 'pending' and number(record, 'step_deadline') >= NOW)
end

bypass_oom()
local due = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', int(NOW), 'LIMIT', 0, A.limit)
for _, entry in ipairs(due) do
  local kind, id = string.match(entry, '^([a-z_]+):(.*)$')
  local record
  if kind == 'count' then
    count(id)
  elseif kind == 'return' then
    give_duty_back(id)
  elseif kind == 'lock' then
    go_on_locking(id)
  else
    record = read(id)
    if record then
      settle(record)
    else
      redis.call('ZREM', key('reviews'), id) -- nobody closed it while its record was kept
    end
  end
  -- What was settled may have a new deadline of the same kind by now.
  local when = tonumber(redis.call('ZSCORE', key('deadlines'), entry) or NOW + 1)
  if when <= NOW then
    if record and not_over(kind, record) then
      redis.call('ZADD', key('deadlines'), int(NOW + 1), entry)
    else
      redis.call('ZREM', key('deadlines'), entry)
    end
  end
end
if #due == A.limit then
  return 0
end
local first = redis.call('ZRANGE', key('deadlines'), 0, 0, 'WITHSCORES')
if #first == 0 then
  return -1
end
return math.max(0, tonumber(first[2]) - NOW)
