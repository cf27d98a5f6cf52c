-- A restore has run to its end: say so, and let it be served.
-- Takes: token text, actor text, detail texts
if redis.call('EXISTS', key('restoring')) == 1 then
  emit('backup.restored', A.actor, nil, A.detail)
  redis.call('DEL', key('restoring'))
end
if redis.call('GET', key('lease')) == A.token then
  redis.call('DEL', key('lease'))
end
return 1
