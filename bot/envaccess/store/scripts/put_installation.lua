-- Keep an installation, sealed, where the one that was read is there still; `instead` is another one that it replaces.
-- Takes: op text, id text, old text, sealed text, instead text, event text, actor text, detail texts
return once(function()
  if (redis.call('HGET', key('installations'), A.id) or '') ~= A.old then
    return look_again({ done = 0 })
  end
  emit(A.event, A.actor, nil, A.detail)
  redis.call('HSET', key('installations'), A.id, A.sealed)
  if A.instead ~= '' then
    redis.call('HDEL', key('installations'), A.instead)
  end
  return { done = 1 }
end)
