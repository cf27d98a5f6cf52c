-- Write down that a lease was made: before anybody is shown it. `seconds`: for how long its source lets it work, where that
-- is not what was asked. One that is ending by now is not shown; nor is one that was made so late that nobody looks for it any
-- more: it is written down anew, to end.
-- Takes: op text, id text, actor text, name text, variable text, source text, seal text, seconds integer?
local function write_anew(record)
  local lease = {
    id = record.id .. '_' .. A.name, request = record.id, requester = record.requester, behind = record.behind or '',
    variable = A.variable, names = record.variables, source = A.source, seal = A.seal, state = 'ending', why = 'unused',
    intended_at = NOW, minted_at = NOW, ends_at = NOW, works_deadline = number(record, 'expires_at'), ending_at = NOW,
  }
  bypass_oom()
  add_lease(record, lease, NOW, 'e')
end

return once_on_request('reveal', A.actor, function(record)
  local lease = read_lease(record.id .. '_' .. A.name)
  if not lease then
    write_anew(record)
  end
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
