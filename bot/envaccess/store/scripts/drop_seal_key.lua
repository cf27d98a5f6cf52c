-- Drop the key that seals because it leaked, and with it every seal: what variables exist is written anew, and what lives
-- ends, by the upgrade at the next start, which makes another key. What alerts say nobody can rely on then: their events
-- are left. Not while somebody serves.
-- `lost`: the key that marks values, where no master key opens it: it is dropped too, and the next mark makes another.
-- Takes: op text, actor text, lost text?
return once(function()
  if redis.call('EXISTS', key('lease')) == 1 then
    return look_again({ served = 1 })
  end
  bypass_oom()
  emit('seal.key_dropped', A.actor)
  redis.call('DEL', key('seal_keys'), key('epoch_seal'), key('epoch'), key('alerts'), key('alert_cards'))
  if A.lost and redis.call('HGET', key('ledger_key'), 'id') == A.lost then
    redis.call('DEL', key('ledger_key'))
  end
  for _, name in ipairs(redis.call('ZRANGE', key('names'), 0, -1)) do
    redis.call('DEL', key('catalogue', name))
  end
  return { done = 1 }
end)
