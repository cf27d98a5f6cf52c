-- Drop the key that seals because it leaked, and with it every seal: what variables exist is written anew, and what lives
-- ends, by the upgrade at the next start, which makes another key. What alerts say nobody can rely on then: their events
-- are left. The key that marks values for the ledger goes with it: whoever has the master key could try values against
-- marks. Not while somebody serves.
-- Takes: op text, actor text
return once(function()
  if redis.call('EXISTS', key('lease')) == 1 then
    return look_again({ served = 1 })
  end
  bypass_oom()
  emit('seal.key_dropped', A.actor)
  redis.call('DEL', key('seal_keys'), key('ledger_key'), key('epoch_seal'), key('epoch'), key('alerts'), key('alert_cards'))
  for _, name in ipairs(redis.call('ZRANGE', key('names'), 0, -1)) do
    redis.call('DEL', key('catalogue', name))
  end
  return { done = 1 }
end)
