-- Ask the requester something, or answer: what was said is part of the request.
local stored = replay()
if stored then
  return stored
end
local actor = 'person:' .. A.actor
local record = read(A.id)
if not record then
  refused(actor, A.verb, 'unknown_id')
  return finish({ refused = 'unknown_id' })
end
local lock = lock_on({ A.actor }, '')
if lock then
  return finish(refuse_locked(lock, actor, A.verb, record))
end
settle(record)
local surface = A.verb == 'answer' and 'card' or 'message'
if A.verb == 'answer' and record.requester ~= A.actor then
  refused(actor, A.verb, 'not_yours', record)
  return answer({ refused = 'not_yours' }, record, surface)
end
if record.state ~= 'pending' then
  return not_pending(record, surface)
end
local questions = cjson.decode(redis.call('HGET', key('text', A.id), 'questions') or '[]')
local waiting
for _, question in ipairs(questions) do
  waiting = waiting or (not question.answer and question or nil)
end
local fields = {}
if A.verb == 'answer' then
  if not waiting then
    return answer({ refused = 'no_question' }, record, surface)
  end
  waiting.answer = A.text
  notify(record, 'answered', fields)
elseif #questions >= A.most then
  return answer({ refused = 'too_many_questions', limit = int(A.most) }, record, surface)
else
  questions[#questions + 1] = { by = A.actor, text = A.text }
end
emit(A.verb == 'answer' and 'request.answered' or 'request.questioned', actor, record, { text = A.text })
redis.call('HSET', key('text', A.id), 'questions', cjson.encode(questions))
change(record, fields)
return answer({ id = A.id, requester = record.requester, variables = record.variables }, record, surface)
