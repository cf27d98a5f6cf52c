-- Store the key that seals, wrapped, where there is none yet. Returns every key that is there.
-- Takes: op text, id text, wrapped text, actor text
return once(function()
  if redis.call('EXISTS', key('seal_keys')) == 0 then
    emit('seal.key_made', A.actor, nil, { key = A.id })
    redis.call('HSET', key('seal_keys'), A.id, A.wrapped)
  end
  return { made = 1 }
end)
