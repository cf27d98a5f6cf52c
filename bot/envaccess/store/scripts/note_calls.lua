-- Write down what an agent's broker called, or was not let call, with a grant of its own. Where an answer held the value,
-- the grant ends.
-- Takes: op text, id text, actor text, service text, calls text, echo flag, behind text?
local function note(record)
  for _, call in ipairs(cjson.decode(A.calls)) do
    note_call(record, A.actor, A.service, call)
  end
end

local function end_echoed(record)
  local state = record.grant and GRANT_NEXT[record.grant .. ':revoke']
  if not state then
    return
  end
  redis.call('DEL', key('grant', record.id))
  emit('grant.revoked', A.actor, record, { why = 'echo' })
  end_grant(record, state, A.actor, NOW, 'echo')
end

return once_on_request('calls', A.actor, function(record)
  if record.requester ~= A.actor then
    refused(A.actor, 'calls', 'not_yours', record)
    return { refused = 'not_yours' }
  end
  settle(record)
  if not record.grant then
    return { refused = 'no_grant', state = record.state }
  end
  bypass_oom()
  note(record)
  if A.echo == '1' then
    end_echoed(record)
  end
  return { done = 1 }
end)
