-- Put a key that signs the tree under another master key, unless it was changed meanwhile.
-- Takes: op text, id text, old text, new text, actor text
return once(function()
  if redis.call('HGET', key('log_keys'), A.id) ~= A.old then
    return { done = 0 }
  end
  emit('seal.key_resealed', A.actor, nil, { key = 'log-' .. A.id })
  redis.call('HSET', key('log_keys'), A.id, A.new)
  return { done = 1 }
end)
