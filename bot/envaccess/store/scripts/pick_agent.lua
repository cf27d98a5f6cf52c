-- Somebody pressed *Start* or *Refuse* under the question whether an agent of theirs may begin, on the offer of that MAC.
-- Takes: op text, actor text, session text, offer text, start flag, seal text?, clock integer?, seconds integer
-- Takes: ends_at integer, ts text
local actor = actor_of(A.actor)

local function refuse_pick(why, record)
  refused(actor, 'agent', why, nil, nil, record and record.behind)
  return { refused = why }
end

-- Why this press does nothing; nil where it counts.
local function why_not(record)
  if not record or not is_known_session(record) or not is_agent(record) then
    return refuse_pick('agent_unknown')
  end
  if record.behind ~= A.actor then
    return refuse_pick('agent_not_yours', record)
  end
  if clock_is_off() then
    return { refused = 'clock_off' }
  end
  settle_session(record)
  if record.state ~= 'offered' or mac_of(record.offer) ~= A.offer then
    return { refused = 'agent_over', state = record.state }
  end
  local lock = A.start == '1' and lock_on({ A.actor, record.person }, '')
  return lock and refuse_locked(lock, actor, 'agent') or nil
end

local program = refuse_program('agent')
if program then
  return cjson.encode(program)
end
return once(function()
  local record = read_session(A.session)
  local refusal = why_not(record)
  if refusal then
    return refusal
  end
  note_session_stray(record)
  if A.start == '1' then
    open_session(record, actor)
  else
    end_session(record, actor, 'refused', 'declined')
  end
  return { state = record.state, session = record.id }
end)
