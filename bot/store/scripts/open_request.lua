-- File a request, or return the pending one of this person for the same variables.
local stored = replay()
if stored then
  return stored
end
-- Somebody may have pasted a value where a name belongs: only the printable form is kept (law 7).
local printable, unknown = split(A.printable), {}
for place, name in ipairs(split(A.variables)) do
  if redis.call('EXISTS', key('secret', name)) == 0 then
    unknown[#unknown + 1] = printable[place]
  end
end
if #unknown > 0 then
  refused('person:' .. A.requester, 'request', 'unknown_variable', nil, A.printable)
  return finish({ refused = 'unknown_variable', names = table.concat(unknown, ',') })
end
local same = redis.call('HGET', key('pending', A.requester), A.sorted)
local pending = same and read(same)
if pending then
  settle(pending)
  if pending.state == 'pending' then
    return finish({
      id = pending.id, repeated = 1, deadline_at = pending.deadline_at,
      seconds = pending.seconds, once = pending.once,
    })
  end
end
if redis.call('EXISTS', key('request', A.id)) == 1 then
  return cjson.encode({ taken = 1 })
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

local deadline = int(NOW + A.pending_seconds * 1000)
local record = { id = A.id, variables = A.variables, requester = A.requester, state = 'pending' }
emit('request.created', 'person:' .. A.requester, record, { duration = A.duration, reason = A.reason })
redis.call('HSET', key('text', A.id), 'reason', A.reason, 'ruling', A.ruling)
if A.sorted ~= A.variables then
  record.sorted = A.sorted
end
change(record, {
  requester = A.requester, variables = A.variables, sorted = record.sorted, state = 'pending',
  seconds = int(A.seconds), once = A.once, created_at = int(NOW), deadline_at = deadline,
  asked_before = int(before), asked_for_these = int(for_these),
})
redis.call('HSET', key('pending', A.requester), A.sorted, A.id)
redis.call('ZADD', key('deadlines'), deadline, 'time_out:' .. A.id)
local lists = { key('asked', A.requester) }
for _, name in ipairs(split(A.variables)) do
  lists[#lists + 1] = key('asked', A.requester .. ':' .. name)
end
for _, list in ipairs(lists) do
  redis.call('ZREMRANGEBYSCORE', list, '-inf', since)
  redis.call('ZADD', list, int(NOW), A.id)
  redis.call('PEXPIRE', list, TTL.asked)
end
return finish({ id = A.id, deadline_at = deadline, seconds = int(A.seconds), once = A.once })
