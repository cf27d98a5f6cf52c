-- End a live grant. The service has ruled that the actor may; ending access works on a full Redis.
-- Takes: op text, id text, actor text, ts text
local actor = base_of(A.actor)

local function told(record, state)
  return { id = A.id, requester = record.requester, variables = record.variables, grant = state, behind = record.behind }
end

-- Whether a process at a terminal may have the values of a single use still (`Request.process_until`).
local function process_lives(record)
  local until_ = number(record, 'ended_at') + tonumber(record.seconds) * 1000
  return (record.releases or '') ~= '' and not record.barred_by and NOW < until_
end

local function revoke(record)
  local state = GRANT_NEXT[record.grant .. ':revoke']
  if not state then
    local process, made = record.grant == 'used_up' and process_lives(record), has_lease(record)
    if process or made then
      emit('grant.revoked', A.actor, record, { why = process and 'its process was to end' or 'what was made for it was to end' })
      end_leases(record, 'grant')
      change(record, { barred_by = actor })
      return told(record, record.grant)
    elseif record.grant == 'used_up' then
      -- Its value may be on the way still: should the use be given back, it ends instead of living again.
      redis.call('HSET', key('request', A.id), 'barred_by', actor)
    end
    return {
      refused = 'grant_ended', state = record.grant, by = record.ended_by or '', at = record.ended_at or '0',
      hint = record.ended_why,
    }
  end
  redis.call('DEL', key('grant', A.id))
  emit('grant.revoked', A.actor, record)
  end_grant(record, state, actor)
  return told(record, state)
end

return once_on_request('revoke', A.actor, function(record)
  local own = is_own(record, WHO)
  local program = not own and not is_host(WHO) and refuse_program('revoke', record)
  if program then
    return program
  end
  local lock = not own and lock_on({ WHO }, '')
  if lock then
    return refuse_locked(lock, A.actor, 'revoke', record)
  end
  bypass_oom() -- what time has brought about is written down first, and must not come in the way
  settle(record)
  if not record.grant then
    return { refused = 'no_grant', state = record.state }
  end
  return revoke(record), record, 'card'
end)
