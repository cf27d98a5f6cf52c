-- Somebody on the host reads a value: the event is written before it is read (law 2). What is locked is not read.
-- Takes: op text, name text, actor text, why typed
return once(function()
  if not incarnation_of(A.name) or redis.call('EXISTS', key('secret', A.name)) == 0 then
    return { missing = 1 }
  end
  local lock = lock_on({}, A.name)
  if lock then
    return refuse_locked(lock, A.actor, 'read', nil, A.name)
  end
  emit('secret.read', A.actor, { variables = A.name }, { reason = typed(A.why) })
  return { done = 1 }
end)
