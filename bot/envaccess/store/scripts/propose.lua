-- An agent wants to ask for something: its person is asked first. The same that waits already is answered again.
-- Takes: op text, id text, actor text, behind text, session text, variables text, same text, printable text
-- Takes: duration text, reason typed, seal text, clock integer, seconds integer, most integer
local function write()
  local facts, expires = sealed_facts(A.seal), NOW + A.seconds * 1000
  local record = { id = A.id, requester = A.actor, behind = A.behind, variables = A.variables }
  local detail = { duration = A.duration, reason = typed(A.reason) }
  for name, told in pairs(said_by_client('broker', facts.receipt)) do
    detail[name] = told
  end
  emit('request.proposed', A.actor, record, detail)
  redis.call('HSET', key('proposal', A.id), 'requester', A.actor, 'behind', A.behind, 'variables', A.variables,
    'same', A.same, 'seal', A.seal, 'created_at', int(NOW))
  redis.call('ZADD', key('proposals', A.actor), int(expires), A.id)
  redis.call('PEXPIRE', key('proposals', A.actor), TTL.day)
  change_proposal(record, { state = 'proposed', expires_at = expires })
  redis.call('PEXPIRE', key('proposal', A.id), TTL.day)
  at_deadline('proposal', A.id, expires)
  return { id = A.id }
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local lock = lock_on({ A.actor, A.behind }, A.variables)
  if lock then
    return refuse_locked(lock, A.actor, 'request', nil, A.printable)
  end
  if not session_lives(A.session, A.actor) then
    return { refused = 'no_session' }
  end
  local open = proposals_of(A.actor)
  for _, record in ipairs(open) do
    if record.same == A.same then
      return { id = record.id }
    end
  end
  if #open >= A.most then
    refused(A.actor, 'request', 'too_many_proposals', nil, A.printable)
    return { refused = 'too_many_proposals', limit = A.most }
  end
  if redis.call('EXISTS', key('proposal', A.id), key('request', A.id)) > 0 then
    return look_again({ taken = 1 })
  end
  return write()
end)
