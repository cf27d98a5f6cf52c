-- Somebody judges an alert as it was shown to them: it stands as `before` says. The service has ruled that the actor may;
-- never the person whom it is about, nor who is behind it.
-- Takes: op text, id text, actor text, before text, disposition text, note typed, note_salt text, seal text, ts text, clock integer
local actor = actor_of(A.actor)
local OVER = { expected = 1, not_expected = 1 }

local function keep(record)
  local fields = { state = A.disposition, judged_by = A.actor, judged_at = NOW, judgement = A.seal }
  if record.state == 'look_into_it' then
    fields.look = record.judgement
  end
  if A.note ~= '' then
    fields.note, fields.note_salt = A.note, A.note_salt
  end
  note_card_stray('alert', record)
  write_version('alert', record, fields)
  redis.call('PEXPIRE', key('alert', A.id), KEPT_FOR)
  redis.call('ZADD', key('alert_cards'), int(NOW), A.id)
  if OVER[A.disposition] then
    redis.call('ZREM', key('alerts'), A.id)
  end
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = refuse_program('judge')
  if program then
    return program
  end
  local record = read_record('alert', A.id)
  if not record then
    refused(actor, 'judge', 'alert_unknown')
    return { refused = 'alert_unknown' }
  end
  for _, person in ipairs(split(record.people or '')) do
    if person == A.actor then
      refused(actor, 'judge', 'own_alert')
      return { refused = 'own_alert' }
    end
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor, 'judge')
  end
  if record.state ~= A.before then
    return { refused = 'alert_judged', by = record.judged_by or '', at = record.judged_at or '0', state = record.state }
  end
  emit('signal.judged', actor, { requester = record.about }, { alert = A.id, disposition = A.disposition, note = typed(A.note) })
  keep(record)
  return { id = A.id }
end)
