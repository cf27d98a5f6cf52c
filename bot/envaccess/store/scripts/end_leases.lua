-- End leases of a request before its grant: nobody saw what was made, whose command is over, or somebody on the host
-- says so.
-- Takes: op text, id text, actor text, names text, why text
return once_on_request('revoke', A.actor, function(record)
  bypass_oom()
  local ended = 0
  for _, one in ipairs(leases_of(record)) do
    local meant = string.find(',' .. A.names .. ',', ',' .. one.name .. ',', 1, true)
    if meant and (one.state == 'i' or one.state == 'm') then
      local lease = read_lease(record.id .. '_' .. one.name)
      if lease and A.actor ~= 'bot' then
        local why = not is_host(A.actor) and A.why or nil
        local about = { id = record.id, requester = record.requester, behind = record.behind, variables = lease.variable }
        emit('lease.ending', A.actor, about, about_lease(lease, { why = why }))
      end
      end_lease(record, one, A.why)
      ended = ended + 1
    elseif meant then
      local source = redis.call('HGET', key('source_lease', record.id .. '_' .. one.name), 'source')
      if source then
        redis.call('ZADD', key('leases_at', source), int(NOW), record.id .. '_' .. one.name)
      end
    end
  end
  if ended > 0 then
    change(record, {})
  end
  return { ended = ended }
end)
