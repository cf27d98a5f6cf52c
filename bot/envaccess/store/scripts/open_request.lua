-- File a request, or return the pending one of this person for the same variables. What needs nobody's agreement
-- (automatic, emergency) is a grant at once, in the same step.
local stored = replay()
if stored then
  return stored
end
local actor = 'person:' .. A.requester
local ruling = cjson.decode(A.ruling)

local function refuse(why, names, at, limit)
  refused(actor, A.extends and 'extend' or A.emergency == '1' and 'emergency' or 'request', why, nil, A.printable)
  return finish({ refused = why, names = names, at = at and int(at), limit = limit and int(limit) })
end

local lock = lock_on({ A.requester }, A.variables)
if lock then
  local tried = A.extends and 'extend' or A.emergency == '1' and 'emergency' or 'request'
  return finish(refuse_locked(lock, actor, tried, nil, A.printable))
end

-- Somebody may have pasted a value where a name belongs: only the printable form is kept (law 7).
local printable, unknown = split(A.printable), {}
for place, name in ipairs(split(A.variables)) do
  if redis.call('EXISTS', key('secret', name)) == 0 then
    unknown[#unknown + 1] = printable[place]
  end
end
if #unknown > 0 then
  return refuse('unknown_variable', table.concat(unknown, ','))
end

local function told(record)
  return finish({
    id = record.id, repeated = 1, state = record.state, deadline_at = record.deadline_at or '0',
    seconds = record.seconds, once = record.once, expires_at = record.expires_at or '0',
  })
end
-- An emergency does not wait for what nobody has answered.
local pending = A.emergency ~= '1' and redis.call('HGET', key('pending', A.requester), A.same)
pending = pending and read(pending)
if pending then
  settle(pending)
  -- One whose variable was deleted and made again meanwhile can never be approved: this takes its place.
  if pending.state == 'pending' and not remade_name(pending) then
    return told(pending)
  end
end
if redis.call('EXISTS', key('request', A.id)) == 1 then
  return cjson.encode({ taken = 1 })
end

-- What this person has now: pending requests and grants, each as it stands.
local open = {}
for _, list in ipairs({ redis.call('HVALS', key('pending', A.requester)),
  redis.call('ZRANGE', key('held', A.requester), 0, -1) }) do
  for _, id in ipairs((#(ruling.limits or {}) > 0 or A.emergency == '1' or A.extends) and list or {}) do
    local record = read(id)
    if record then
      settle(record)
      if record.state == 'pending' or record.grant == 'active' or record.grant == 'waiting' then
        open[#open + 1] = record
      end
    end
  end
end
local target
for _, record in ipairs(open) do
  if A.emergency == '1' and record.emergency == '1' and (record.same or record.variables) == A.same then
    return told(record)
  end
  if record.id == A.extends and record.grant == 'active' and record.once ~= '1' then
    target = record
  end
end
if A.extends and not target then
  return refuse('not_extendable', A.printable)
end

-- The last end of access, or denial, of this person for one of these names. Of ends that an earlier version wrote
-- there is only the record: the newest requests are looked at for those.
local LOOKED_BACK = 200
local function last_end()
  local last = 0
  for _, name in ipairs(split(A.variables)) do
    local newest = redis.call('ZREVRANGE', key('over', A.requester .. ':' .. name), 0, 0, 'WITHSCORES')
    last = math.max(last, tonumber(newest[2] or '0'))
    for _, id in ipairs(redis.call('ZREVRANGE', key('asked', A.requester .. ':' .. name), 0, LOOKED_BACK - 1)) do
      local state, decided, grant, ended =
        unpack(redis.call('HMGET', key('request', id), 'state', 'decided_at', 'grant', 'ended_at'))
      if state == 'denied' then
        last = math.max(last, tonumber(decided))
      elseif grant and grant ~= 'active' and grant ~= 'waiting' then
        last = math.max(last, tonumber(ended or '0'))
      end
    end
  end
  return last
end

local automatic = ruling.automatic == true and not A.extends
for _, limit in ipairs(ruling.limits or {}) do
  local mine, mark = 0, '\31' .. limit.rule .. '\31'
  for _, record in ipairs(open) do
    -- More time for a grant is no other one, but access that an extension gave too late is.
    if ((record.extends or '') == '' or record.grant) and string.find(record.rules or '', mark, 1, true) then
      mine = mine + 1
    end
  end
  if (limit.open_max or 0) > 0 and mine >= limit.open_max and not A.extends then
    return refuse('too_many_open', A.printable, nil, limit.open_max)
  end
  local again = (limit.cool_down or 0) > 0 and not A.extends and last_end() + limit.cool_down * 1000 or 0
  if again > NOW then
    return refuse('cool_down', A.printable, again)
  end
  if automatic and (limit.automatic or 0) > 0 then
    local since = '(' .. int(NOW - limit.per * 1000)
    local had = redis.call('ZCOUNT', key('automatic', A.requester .. ':' .. limit.rule), since, '+inf')
    automatic = had < limit.automatic
  end
end

-- Whatever the policy says: one person fills neither the queue nor the store. Emergencies have room of their own.
local raised = key('raised', A.requester)
local function since_ago(list, milliseconds)
  return redis.call('ZCOUNT', list, '(' .. int(NOW - milliseconds), '+inf')
end
-- When the oldest of so many newest leaves the window that is counted.
local function room_at(list, most, milliseconds)
  local oldest = redis.call('ZREVRANGE', list, most - 1, most - 1, 'WITHSCORES')
  return tonumber(oldest[2] or NOW) + milliseconds
end
local function count_pending()
  local mine = redis.call('HVALS', key('pending', A.requester))
  local waiting = 0
  for _, id in ipairs(#mine >= MOST.pending and mine or {}) do
    local record = read(id)
    if record then
      settle(record)
      waiting = waiting + (record.state == 'pending' and 1 or 0)
    end
  end
  return waiting
end
if A.emergency == '1' then
  if since_ago(raised, TTL.hour) >= MOST.emergencies then
    return refuse('too_many_emergencies', A.printable, room_at(raised, MOST.emergencies, TTL.hour), MOST.emergencies)
  end
else
  if not automatic and count_pending() >= MOST.pending then
    return refuse('too_many_pending', A.printable, nil, MOST.pending)
  end
  local asked = key('asked', A.requester)
  local apart = since_ago(raised, TTL.day)
  if since_ago(asked, TTL.day) - apart >= MOST.filed then
    return refuse('too_many_filed', A.printable, room_at(asked, MOST.filed + apart, TTL.day), MOST.filed)
  end
end

local since = int(NOW - TTL.asked)
local before = redis.call('ZCOUNT', key('asked', A.requester), '(' .. since, '+inf')
local seen, for_these = {}, 0
for _, name in ipairs(split(A.variables)) do
  local ids = redis.call('ZRANGEBYSCORE', key('asked', A.requester .. ':' .. name), '(' .. since, '+inf', 'LIMIT', 0, 99)
  for _, id in ipairs(ids) do
    if not seen[id] then
      seen[id] = true
      for_these = for_these + 1
    end
  end
end

local born = {}
for place, name in ipairs(split(A.variables)) do
  born[place] = redis.call('HGET', key('secret', name), 'born') or '0'
end
if pending and pending.state == 'pending' then
  emit('request.cancelled', 'bot', pending, { why = 'the variable was deleted and made again' })
  close(pending, { state = REQUEST_NEXT['pending:cancel'], decided_by = 'bot', decided_at = NOW })
end
local at_once = automatic or A.emergency == '1'
local record = {
  id = A.id, variables = A.variables, requester = A.requester, state = 'pending', ruling = ruling,
  seconds = int(A.seconds), once = A.once, deadline_at = int(NOW + A.pending_seconds * 1000),
  starts_at = A.starts_at and int(A.starts_at) or nil, extends = A.extends,
}
emit('request.created', actor, record, {
  duration = A.duration, reason = A.reason, rules = A.rules, policy = A.policy, extends = A.extends,
  starts_at = record.starts_at,
})
redis.call('HSET', key('text', A.id), 'reason', A.reason, 'ruling', A.ruling)
local fields = {
  requester = A.requester, variables = A.variables, state = 'pending', seconds = A.seconds, once = A.once,
  created_at = NOW, deadline_at = record.deadline_at, asked_before = before, asked_for_these = for_these,
  starts_at = record.starts_at, extends = A.extends, born = table.concat(born, ','),
}
if A.same ~= A.variables then
  record.same, fields.same = A.same, A.same
end
if #(ruling.limits or {}) > 0 then
  fields.rules = A.marks
end
local lists = { key('asked', A.requester) }
for _, name in ipairs(split(A.variables)) do
  lists[#lists + 1] = key('asked', A.requester .. ':' .. name)
end
for _, list in ipairs(lists) do
  redis.call('ZREMRANGEBYSCORE', list, '-inf', since)
  redis.call('ZADD', list, int(NOW), A.id)
  redis.call('PEXPIRE', list, TTL.asked)
end
if A.emergency == '1' then
  redis.call('ZREMRANGEBYSCORE', raised, '-inf', int(NOW - TTL.day))
  redis.call('ZADD', raised, int(NOW), A.id)
  redis.call('PEXPIRE', raised, TTL.day)
end

local function conclude_at_once()
  if A.emergency == '1' then
    local every = (ruling.emergency or {}).remind or REVIEW.first
    emit('emergency.used', actor, record, { reason = A.reason, seconds = int(A.seconds) })
    fields.emergency, fields.review, fields.review_at = '1', 'open', NOW + every * 1000
    at_deadline('review', A.id, fields.review_at)
    redis.call('ZADD', key('reviews'), int(NOW), A.id)
    notify(record, 'filed', fields)
    return conclude(record, actor, fields)
  end
  emit('request.approved', 'policy', record, { automatic = '1' })
  fields.automatic = '1'
  for _, limit in ipairs(ruling.limits or {}) do
    if (limit.automatic or 0) > 0 then
      local list = key('automatic', A.requester .. ':' .. limit.rule)
      redis.call('ZADD', list, int(NOW), A.id)
      redis.call('PEXPIRE', list, int(limit.per * 1000))
    end
  end
  return conclude(record, 'policy', fields)
end

if at_once then
  local expires = conclude_at_once()
  return finish({
    id = A.id, state = record.state, seconds = int(A.seconds), once = A.once, deadline_at = '0',
    expires_at = int(expires), automatic = fields.automatic,
  })
end
for name, value in pairs(notify(record, 'filed', enter(record, 0, NOW))) do
  fields[name] = value
end
change(record, fields)
redis.call('HSET', key('pending', A.requester), A.same, A.id)
redis.call('ZADD', key('undecided'), int(NOW), A.id)
at_deadline('time_out', A.id, record.deadline_at)
return finish({
  id = A.id, state = 'pending', deadline_at = record.deadline_at, seconds = int(A.seconds), once = A.once,
})
