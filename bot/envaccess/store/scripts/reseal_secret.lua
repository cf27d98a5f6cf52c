-- Put the same value under another master key, unless it was changed or deleted meanwhile.
-- Takes: op text, name text, version integer, sealed text, key text, actor text
return once(function()
  if redis.call('HGET', key('secret', A.name), 'version') ~= int(A.version) then
    return { written = 'behind' }
  end
  emit('secret.resealed', A.actor, { variables = A.name }, { version = int(A.version), key = A.key })
  redis.call('HSET', key('secret', A.name), 'sealed', A.sealed, 'key', A.key)
  return { written = 'changed' }
end)
