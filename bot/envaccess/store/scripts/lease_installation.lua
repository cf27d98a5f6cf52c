-- Take or keep the lease over one installation's token; 0 where another process has it.
-- Takes: id text, token text
local holder = redis.call('GET', key('install_lease', A.id))
if holder and holder ~= A.token then
  return 0
end
redis.call('SET', key('install_lease', A.id), A.token, 'PX', TTL.install_lease)
return 1
