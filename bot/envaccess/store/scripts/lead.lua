-- Take or keep the relay's lease.
-- Takes: token text
local holder = redis.call('GET', key('lease'))
if holder == A.token then
  redis.call('PEXPIRE', key('lease'), TTL.lease)
  return 1
end
if holder then
  return 0
end
bypass_oom()
redis.call('SET', key('lease'), A.token, 'PX', TTL.lease)
return 1
