-- Write down that a lease was made: before anybody is shown it. `seconds`: for how long its source lets it work, where that
-- is not what was asked. One that is ending by now is not shown.
-- Takes: op text, id text, actor text, name text, seal text, seconds integer?
return once_on_request('reveal', A.actor, function(record)
  local lease = read_lease(record.id .. '_' .. A.name)
  if not lease or lease.state ~= 'intended' then
    return { refused = 'grant_ended', id = record.id }
  end
  local ends = number(lease, 'ends_at')
  local works = A.seconds and NOW + A.seconds * 1000 or ends
  local about = { id = record.id, requester = record.requester, behind = record.behind, variables = lease.variable }
  emit('lease.minted', actor_of(A.actor), about, about_lease(lease, { expires_at = int(math.min(works, ends)) }))
  set_lease(lease, { state = 'minted', seal = A.seal, minted_at = NOW, works_deadline = works })
  redis.call('ZADD', key('leases_at', lease.source), int(math.min(works, ends, NOW + LEASE.look)), lease.id)
  set_lease_turn(lease)
  note_lease(record, A.name, 'm', int(works))
  if record.once == '1' or works < ends then
    change(record, {}) -- its card says until when what was shown works
  end
  return { works_deadline = int(works) }
end)
