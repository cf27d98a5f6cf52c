-- Withdraw a pending request: its requester may, the person behind, and the bot for somebody who left.
-- Takes: op text, id text, actor text, ts text, behind text?
local function cancel(record)
  if not is_own(record, WHO) and A.actor ~= 'bot' then
    refused(A.actor, 'cancel', 'not_yours', record)
    return { refused = 'not_yours' }
  end
  local state = REQUEST_NEXT[record.state .. ':cancel']
  if not state then
    return not_pending(record)
  end
  emit('request.cancelled', A.actor, record)
  close(record, { state = state, decided_by = WHO ~= record.requester and A.actor or '', decided_at = NOW })
  return { id = A.id, variables = record.variables }
end

return once_on_request('cancel', A.actor, function(record)
  settle(record)
  return cancel(record), record, 'card'
end)
