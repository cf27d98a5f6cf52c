-- End one session of somebody, or all of them (`session` is empty). The caller has looked that the actor may: the owner, or
-- the bot where they left.
-- Takes: op text, actor text, person text, session text, how text, ts text?
return once(function()
  bypass_oom()
  if A.session == '' then
    return { ended = end_sessions_of(A.person, A.actor, A.how) }
  end
  local record = read_session(A.session)
  if not record or not is_known_session(record) or not is_own(owner_of(record), A.person) then
    refused(A.actor, 'session', 'session_unknown', nil, nil, record and record.person)
    return { refused = 'session_unknown' }
  end
  note_session_stray(record)
  if (record.state ~= 'confirmed' and not (is_agent(record) and record.state == 'offered')) or not settle_session(record) then
    return { ended = 0 }
  end
  end_session(record, A.actor, over_state(record), A.how)
  return { ended = 1 }
end)
