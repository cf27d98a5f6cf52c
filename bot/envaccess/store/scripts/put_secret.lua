-- Store a sealed value whose version follows the last one ever.
-- Takes: op text, name text, version integer, sealed text, key text, actor text, replace integer
return once(function()
  local last = tonumber(redis.call('HGET', key('versions'), A.name) or '0')
  local exists = redis.call('EXISTS', key('secret', A.name)) == 1
  if exists and A.replace == 0 then
    return { written = 'exists' }
  end
  if A.version ~= last + 1 then
    return look_again({ written = 'behind' })
  end
  local created = exists and redis.call('HGET', key('secret', A.name), 'created_at') or int(NOW)
  emit(exists and 'secret.changed' or 'secret.created', A.actor, { variables = A.name }, { version = int(A.version) })
  redis.call('HSET', key('versions'), A.name, int(A.version))
  redis.call('HSET', key('secret', A.name), 'version', int(A.version), 'sealed', A.sealed, 'key', A.key,
    'created_at', created, 'changed_at', int(NOW))
  if not exists then
    -- No version comes twice: what is made again under this name has another mark.
    redis.call('HSET', key('secret', A.name), 'born', int(A.version))
  end
  redis.call('ZADD', key('names'), 0, A.name)
  return { written = exists and 'changed' or 'created' }
end)
