-- Give the relay's lease up, if it is still ours.
-- Takes: token text
if redis.call('GET', key('lease')) == A.token then
  redis.call('DEL', key('lease'))
end
return 1
