-- Run what is overdue; return the milliseconds until the next deadline (0: more waits, -1: none).
local function count(who)
  local number = tonumber(redis.call('GET', key('refused', who)) or '0')
  if number > 0 then
    local actor, why = string.match(who, '^(.*):([^:]+)$')
    emit('access.refused_count', actor, nil, { count = int(number), why = why })
  end
  redis.call('DEL', key('refused', who))
end

insist()
local due = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', int(NOW), 'LIMIT', 0, A.limit)
for _, entry in ipairs(due) do
  local kind, id = string.match(entry, '^([a-z_]+):(.*)$')
  local again = false
  if kind == 'count' then
    count(id)
  else
    local record = read(id)
    if record then
      settle(record)
      -- The deadline is right and the record is not over: a key lives through its last millisecond.
      again = (kind == 'expire' and record.grant == 'active') or (kind == 'time_out' and record.state == 'pending')
    end
  end
  if again then
    redis.call('ZADD', key('deadlines'), int(NOW + 1), entry)
  else
    redis.call('ZREM', key('deadlines'), entry)
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
