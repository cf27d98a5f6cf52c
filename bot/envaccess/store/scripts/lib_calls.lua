-- What brokers of an agent called: each kind of call of a minute once in full, the rest as a count when the minute ends.
-- An agent's client may fold by itself; here none can fill the audit stream that does not.
local function emit_calls(record, actor, one, times)
  local service, method, host, path, status, blocked = unpack(one, 2)
  emit(blocked ~= '' and 'broker.blocked' or 'broker.called', actor, record, {
    service = service, method = method, host = host, path = path, status = status,
    blocked = blocked ~= '' and blocked or nil, times = times,
  })
end

-- Under what a call is counted: its own kind, or beside so many others one for all that remain of this grant.
local function kind_of_call(list, record, service, call)
  local kind = cjson.encode({ record.id, service, call.method, call.host, call.path, call.status, call.blocked })
  if redis.call('HEXISTS', list, kind) == 1 or redis.call('HLEN', list) < MOST.calls then
    return kind
  end
  return cjson.encode({ record.id, '', '', '', '/...', '0', call.blocked ~= '' and 'several' or '' })
end

local function note_call(record, actor, service, call)
  local list = key('calls', actor)
  if redis.call('EXISTS', list) == 0 then
    at_deadline('calls', actor, NOW + TTL.minute)
  end
  local kind = kind_of_call(list, record, service, call)
  if redis.call('HEXISTS', list, kind) == 1 then
    redis.call('HINCRBY', list, kind, call.times)
    return
  end
  emit_calls(record, actor, cjson.decode(kind), call.times)
  redis.call('HSET', list, kind, '0')
end

-- The minute of an agent is over: write down how often more.
local function settle_calls(actor)
  local list = key('calls', actor)
  local counted = redis.call('HGETALL', list)
  for place = 1, #counted, 2 do
    if tonumber(counted[place + 1]) > 0 then
      local one = cjson.decode(counted[place])
      emit_calls(read(one[1]), actor, one, counted[place + 1])
    end
  end
  redis.call('DEL', list)
end
