-- Ask the requester something, or answer: what was said is part of the request.
-- Takes: op text, id text, actor text, verb text, text typed, ts text, most integer?,
-- Takes: seal text, clock integer, about text?
local actor = actor_of(A.actor)
local answering = A.verb == 'answer'

local function open_question(questions)
  for _, question in ipairs(questions) do
    if not question.answer then
      return question
    end
  end
  return nil
end

-- Who asked answers, or the person behind; these put no question, and nobody does where nobody knows who that is.
local function bar(record)
  if answering then
    return not is_own(record, A.actor) and 'not_yours' or nil
  end
  local asked = person_of(record)
  return asked == A.actor and 'self_approval' or not asked and 'not_approver' or nil
end

local function say(record)
  local why = bar(record)
  if why then
    refused(actor, A.verb, why, record)
    return { refused = why }
  end
  if record.state ~= 'pending' then
    return not_pending(record)
  end
  local questions, fields = cjson.decode(redis.call('HGET', key('text', A.id), 'questions') or '[]'), {}
  if answering then
    local waiting = open_question(questions)
    if not waiting or mac_of(waiting.seal) ~= A.about then -- what was sealed answers that question only
      return { refused = 'no_question' }
    end
    waiting.answer, waiting.answer_seal = A.text, A.seal
    notify(record, 'answered', fields)
  elseif #questions >= A.most then
    return { refused = 'too_many_questions', limit = int(A.most) }
  else
    questions[#questions + 1] = { by = A.actor, text = A.text, seal = A.seal }
  end
  emit(answering and 'request.answered' or 'request.questioned', actor, record, { text = typed(A.text) })
  redis.call('HSET', key('text', A.id), 'questions', cjson.encode(questions))
  change(record, fields)
  return { id = A.id, requester = record.requester, variables = record.variables, behind = record.behind }
end

return once_on_request(A.verb, actor, function(record)
  local program = not answering and refuse_program(A.verb, record)
  if program then
    return program
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor, A.verb, record)
  end
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  settle(record)
  return say(record), record, answering and 'card' or 'message'
end)
