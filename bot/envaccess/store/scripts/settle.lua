-- Run what is overdue; return the milliseconds until the next deadline (0: more waits, -1: none).
-- Takes: limit integer
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
  if redis.call('ZSCORE', key('delegations'), pair) then
    emit('duty.returned', 'time', nil, { of = giver, from = taker })
    drop_duty(pair)
    draw_undecided()
  end
end

-- Go on ending what a lock of very many grants left over.
local function go_on_locking(target)
  local found = redis.call('HGET', key('locks'), target)
  local lock = found and read_lock(found)
  if lock then
    end_under(target, lock, function() end)
  end
end

-- Whether the deadline is right, but what it is about is not over: a key lives through its last millisecond.
local function not_over(kind, record)
  return (kind == 'expire' and record.grant == 'active') or (kind == 'time_out' and record.state == 'pending')
    or (kind == 'step' and record.state == 'pending' and number(record, 'step_deadline') >= NOW)
end

-- Settle the request that a deadline is about. Returns whether this version can rule on it, and the request.
local function settle_request(id)
  local record = read(id)
  if not record then
    redis.call('ZREM', key('reviews'), id) -- nobody closed it while its record was kept
    return true
  end
  settle(record)
  return is_known(record), record
end

-- Write down how a login or a session ended by time, or when to look again. Returns whether this version knows it.
local function look_at_session(id)
  local record = read_session(id)
  if not record then
    return true
  end
  local again = is_known_session(record) and settle_session(record)
  if again then
    at_deadline('session', id, again + 1)
  end
  return is_known_session(record)
end

-- Write down what time has done to what a source made. Returns whether this version knows it.
local function look_at_lease(id)
  local lease = read_lease(id)
  if lease then
    settle_lease(lease)
  end
  return lease or redis.call('EXISTS', key('source_lease', id)) == 0
end

-- A run whose last session is over has nobody left who waits: what it asked for is withdrawn. Its live grants stay until
-- their own end: a later token of the same run may use them, and nobody else can.
local function look_at_run(run)
  if #sessions_of(run) == 0 then
    withdraw_requests_of(run)
  end
end

-- Settle what a deadline is about. Returns whether this version knows that, and the request, if it is one.
local function settle_one(about, id)
  if about == 'request' then
    return settle_request(id)
  elseif about == 'attempts' then
    count(id)
  elseif about == 'duty' then
    give_duty_back(id)
  elseif about == 'proposal' then
    local record = read_proposal(id)
    if record then
      settle_proposal(record)
    end
  elseif about == 'session' then
    return look_at_session(id)
  elseif about == 'run' then
    look_at_run(id)
  elseif about == 'agent' then
    settle_calls(id)
  elseif about == 'source_lease' then
    return look_at_lease(id)
  elseif about == 'access_review' then
    remind_reviewers(id)
  else
    go_on_locking(id)
  end
  return true
end

-- Settle what is overdue. Returns how many that were, and the requests of those that this version knows. What it does
-- not know is another version's, or was spoiled by somebody who writes to Redis: it stays, and is put aside for a while, so
-- that it holds up nothing; whoever draws it tells of it.
local function settle_overdue()
  local due = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', int(NOW), 'LIMIT', 0, A.limit)
  local settled = {}
  for _, entry in ipairs(due) do
    local kind, id = string.match(entry, '^([a-z_]+):(.*)$')
    local about = kind and DEADLINE[kind]
    local ran, known, record
    if about then
      ran, known, record = pcall(settle_one, about, id)
    end
    if ran and known then
      settled[entry] = { kind = kind, record = record }
    else
      redis.call('ZADD', key('deadlines'), int(NOW + TTL.unknown), entry)
    end
    if about == 'request' and not ran then
      redis.call('ZADD', key('dirty'), 'NX', int(NOW), id)
    end
  end
  return #due, settled
end

-- What was settled may have a new deadline of the same kind by now: only what is still overdue goes.
local function clear(count_due, settled)
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', int(NOW), 'LIMIT', 0, count_due)) do
    local one = settled[entry]
    if one and one.record and not_over(one.kind, one.record) then
      redis.call('ZADD', key('deadlines'), int(NOW + 1), entry)
    elseif one then
      redis.call('ZREM', key('deadlines'), entry)
    end
  end
end

bypass_oom()
local count_due, settled = settle_overdue()
clear(count_due, settled)
if count_due == A.limit then
  return 0
end
local first = redis.call('ZRANGE', key('deadlines'), 0, 0, 'WITHSCORES')
if #first == 0 then
  return -1
end
return math.max(0, tonumber(first[2]) - NOW)
