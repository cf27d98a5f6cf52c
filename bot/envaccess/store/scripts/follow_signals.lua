-- What is unusual was looked for in the events up to one: keep what is remembered of people, raise the alert that was
-- found, and move the cursor, in one step, so that no alert is raised twice. Only for who has the lease, and only where the
-- cursor is still where it was read, and the event is still there. Returns 1 where it was written, else 0; -1 where our clock is off.
-- `windows`: what each person had unusual lately; `counts`: what is usual of each besides requests.
-- Takes: token text, before text, event text, windows texts, counts texts, alert texts?, clock integer?
if redis.call('GET', key('lease')) ~= A.token or stored_cursor('signals') ~= A.before or not was_written(A.event) then
  return 0
end
if clock_is_off() then
  return -1
end

local function raise(alert)
  local record = { requester = alert.about, behind = alert.behind, variables = alert.variables }
  emit('signal.raised', 'bot', record, {
    alert = alert.id, facts = alert.facts, events = alert.events,
    requests = alert.requests ~= '' and alert.requests or nil,
  })
  redis.call('HSET', key('alert', alert.id), 'seal', alert.seal, 'about', alert.about, 'people', alert.people,
    'state', 'raised', 'raised_at', int(NOW), 'version', '1')
  redis.call('PEXPIRE', key('alert', alert.id), KEPT_FOR)
  redis.call('ZADD', key('alert_cards'), int(NOW), alert.id)
  redis.call('ZADD', key('alerts'), int(NOW), alert.id)
  redis.call('PEXPIRE', key('alerts'), KEPT_FOR)
  redis.call('ZREMRANGEBYSCORE', key('alerts'), '-inf', int(NOW - KEPT_FOR)) -- their records are gone
end

-- Something else may lie under the key, where somebody writes to Redis: it stops nobody.
local function keep(who, field, text)
  local name = key('followed', who)
  if type(redis.pcall('HSET', name, field, text)) == 'table' then
    redis.call('DEL', name)
    redis.call('HSET', name, field, text)
  end
  redis.call('PEXPIRE', name, TTL.followed)
end

bypass_oom()
if A.alert then
  raise(A.alert)
end
for field, texts in pairs({ window = A.windows, counts = A.counts }) do
  for who, text in pairs(texts) do
    keep(who, field, text)
  end
end
redis.call('SET', key('watched'), int(NOW), 'NX')
redis.call('HSET', key('cursors'), 'signals', A.event)
return 1
