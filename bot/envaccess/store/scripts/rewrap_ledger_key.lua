-- Put the key that marks values under another master key, unless it was changed meanwhile.
-- Takes: op text, id text, old text, new text, actor text
return once(function()
  if redis.call('HGET', key('ledger_key'), 'sealed') ~= A.old then
    return { done = 0 }
  end
  emit('seal.key_resealed', A.actor, nil, { key = 'ledger-' .. A.id })
  redis.call('HSET', key('ledger_key'), 'sealed', A.new)
  return { done = 1 }
end)
