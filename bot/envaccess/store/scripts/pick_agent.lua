-- Somebody pressed *Start* or *Refuse* under the question whether an agent of theirs may begin, on the offer of that MAC.
-- Takes: op text, actor text, session text, offer text, start flag, seal text?, clock integer?, seconds integer
-- Takes: ends_at integer, ts text
local actor = actor_of(A.actor)

-- Why this press does nothing; nil where it counts.
local function why_not(record)
  local known = record and is_known_session(record) and is_agent(record)
  local bar = bar_pick('agent', actor, record, known and record.behind)
  if bar then
    return bar
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
