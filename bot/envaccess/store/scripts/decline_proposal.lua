-- A proposal becomes no request: its person said no, its agent took it back, or filing it was refused.
-- Takes: op text, id text, actor text, how text, why text, ts text
local by = is_person(A.actor) and A.actor ~= 'bot' and actor_of(A.actor) or A.actor

return once(function()
  local record = read_proposal(A.id)
  if not record then
    return { refused = 'proposal_unknown' }
  end
  if A.actor ~= 'bot' and not is_own(record, A.actor) then
    refused(by, 'request', 'proposal_not_yours', record)
    return { refused = 'proposal_not_yours' }
  end
  settle_proposal(record)
  -- What its person agreed to is being filed: only that can fail.
  if not is_open_proposal(record) or (record.state == 'agreed' and A.actor ~= 'bot') then
    return { refused = 'proposal_over', state = record.state }
  end
  note_card_stray('proposal', record)
  decline_proposal(record, by, A.how, A.why ~= '' and A.why or nil)
  return { id = record.id }
end)
