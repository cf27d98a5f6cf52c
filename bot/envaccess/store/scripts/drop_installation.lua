-- Forget an installation where the one that was read is there still.
-- Takes: op text, id text, old text, actor text, detail texts
return once(function()
  if redis.call('HGET', key('installations'), A.id) ~= A.old then
    return look_again({ done = 0 })
  end
  emit('app.uninstalled', A.actor, nil, A.detail)
  redis.call('HDEL', key('installations'), A.id)
  return { done = 1 }
end)
