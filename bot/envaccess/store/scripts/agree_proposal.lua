-- The person of an agent lets it ask, by a press under what was sealed with that MAC. Who pressed is looked at here, too.
-- Takes: op text, id text, actor text, seal text, ts text
local actor = actor_of(A.actor)

return once(function()
  local program = refuse_program('request')
  if program then
    return program
  end
  local record = read_proposal(A.id)
  if not record then
    refused(actor, 'request', 'proposal_unknown')
    return { refused = 'proposal_unknown' }
  end
  if record.behind ~= A.actor then
    refused(actor, 'request', 'proposal_not_yours', record)
    return { refused = 'proposal_not_yours' }
  end
  settle_proposal(record)
  if not is_open_proposal(record) or mac_of(record.seal) ~= A.seal then
    return { refused = 'proposal_over', state = record.state }
  end
  local lock = lock_on({ A.actor, record.requester }, record.variables)
  if lock then
    return refuse_locked(lock, actor, 'request', record)
  end
  if record.state == 'proposed' then
    emit('request.consented', actor, record)
    note_card_stray('proposal', record)
    change_proposal(record, { state = 'agreed' })
  end
  return { id = record.id }
end)
