-- End logins and sessions because a backup was restored or the store is upgraded: nothing is left of them but the event.
-- Takes: ids text, actor text, how text
bypass_oom()
for _, id in ipairs(split(A.ids)) do
  local record = read_session(id) or { id = id }
  redis.call('DEL', key('session_token', record.token or ''))
  if record.state == 'confirmed' then
    emit('session.ended', A.actor, owner_of(record), { session = id, how = A.how })
  end
  redis.call('DEL', key('session', id))
  sign_out({ id = id, person = record.person or '', behind = record.behind })
  redis.call('ZREM', key('session_cards'), id)
  drop_deadlines(id, 'session')
end
return 1
