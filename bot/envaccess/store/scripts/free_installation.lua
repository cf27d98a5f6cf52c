-- Give the lease over one installation's token back, where it is ours.
-- Takes: id text, token text
if redis.call('GET', key('install_lease', A.id)) == A.token then
  return redis.call('DEL', key('install_lease', A.id))
end
return 0
