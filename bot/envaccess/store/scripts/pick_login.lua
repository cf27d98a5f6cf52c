-- Somebody pressed a number under the question whether a terminal may sign in as them: the right one begins a session, any
-- other ends the login. Who looked whether it is right is the caller, on the offer of that MAC.
-- Takes: op text, actor text, session text, offer text, right flag, declined flag, seal text?, clock integer?
-- Takes: seconds integer, most integer, ends_at integer, ts text
local actor = actor_of(A.actor)

-- Why this cannot be picked in; nil where it can.
local function why_not(record)
  local bar = bar_pick('login', actor, record, record and is_known_session(record) and record.person)
  if bar then
    return bar
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor, 'login')
  end
  if A.right == '1' and #sessions_of(A.actor) >= A.most then
    return { refused = 'too_many_sessions', limit = A.most }
  end
  return nil
end

local program = refuse_program('login')
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
  if A.right == '1' then
    open_session(record, actor)
  elseif A.declined == '1' then
    end_session(record, actor, 'refused', 'declined')
  else
    refused(actor, 'login', 'wrong_number')
    end_session(record, actor, 'refused', 'wrong_number')
  end
  return { state = record.state, session = record.id }
end)
