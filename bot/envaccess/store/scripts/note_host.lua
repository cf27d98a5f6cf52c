-- Values go to a host: that is remembered, and told to their person where it is a new one (`fresh`), once. Clients choose
-- these names, so no more than so many are kept of one person; one that was forgotten is new again.
-- Of an agent it is the hosts of the person behind (`owner`).
-- Takes: op text, id text, actor text, owner text, host text, surface text, session text, seal text, fresh flag
local KNOWN_MOST = 100

local function make_room()
  if redis.call('HGET', key('hosts', A.owner), A.host) then
    return
  end
  local known = redis.call('HKEYS', key('hosts', A.owner))
  for place = KNOWN_MOST, #known do
    redis.call('HDEL', key('hosts', A.owner), known[place - KNOWN_MOST + 1])
  end
end

return once(function()
  local record = read_known(A.id)
  if record and A.fresh == '1' then
    emit('grant.new_host', actor_of(A.actor), record, { host = A.host, surface = A.surface, session = A.session })
    change(record, { new_host = A.host, new_host_session = A.session, new_hosts = number(record, 'new_hosts') + 1 })
  end
  make_room()
  redis.call('HSET', key('hosts', A.owner), A.host, A.seal)
  redis.call('PEXPIRE', key('hosts', A.owner), TTL.hosts)
  return { done = 1 }
end)
