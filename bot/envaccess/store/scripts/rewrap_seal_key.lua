-- Put the key that seals under another master key, unless it was changed meanwhile.
-- Takes: op text, id text, old text, new text, actor text
return once(function()
  if redis.call('HGET', key('seal_keys'), A.id) ~= A.old then
    return { done = 0 }
  end
  emit('seal.key_resealed', A.actor, nil, { key = A.id })
  redis.call('HSET', key('seal_keys'), A.id, A.new)
  return { done = 1 }
end)
