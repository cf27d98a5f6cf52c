-- Somebody on the host reads a value: the event is written before it is read (law 2). What is locked is not read.
local stored = replay()
if stored then
  return stored
end
if redis.call('EXISTS', key('secret', A.name)) == 0 then
  return finish({ missing = 1 })
end
local lock = lock_on({}, A.name)
if lock then
  return finish(refuse_locked(lock, A.actor, 'read', nil, A.name))
end
emit('secret.read', A.actor, { variables = A.name }, { reason = A.why })
return finish({ done = 1 })
