-- Values go to a host: that is remembered, and told to their person where it is a new one (`fresh`), once.
-- Takes: op text, id text, actor text, host text, session text, seal text, fresh flag
return once(function()
  local record = read_known(A.id)
  if record and A.fresh == '1' then
    emit('grant.new_host', actor_of(A.actor), record, { host = A.host, session = A.session })
    change(record, { new_host = A.host, new_host_session = A.session, new_hosts = number(record, 'new_hosts') + 1 })
  end
  redis.call('HSET', key('hosts', WHO), A.host, A.seal)
  redis.call('PEXPIRE', key('hosts', WHO), TTL.hosts)
  return { done = 1 }
end)
