-- The steps of an approval chain, and what time does to them.
local function step_of(record)
  return ruling_of(record).steps[number(record, 'step') + 1]
end

local function steps_of(record)
  return #ruling_of(record).steps
end

local function approvals_of(record)
  return cjson.decode(redis.call('HGET', key('text', record.id), 'approvals') or '[]')
end

local function is_skipped(record, step)
  return string.find(',' .. (record.skipped or '') .. ',', ',' .. int(step) .. ',', 1, true) ~= nil
end

-- The first step that is neither passed nor passed over; nil when the chain is complete. A chain without steps never is.
local function first_open(record, approvals)
  if steps_of(record) == 0 then
    return number(record, 'step')
  end
  for step = 0, steps_of(record) - 1 do
    local have = 0
    for _, approval in ipairs(approvals) do
      if approval.step == step then
        have = have + 1
      end
    end
    if not is_skipped(record, step) and have < (ruling_of(record).steps[step + 1].approvals or math.huge) then
      return step
    end
  end
  return nil
end

-- Counted from now, also where time is caught up: what is called right now needs no reminder yet.
local function plan_reminder(record, step)
  local every = step.remind or 0
  local due = NOW + every * 1000 * 2 ^ number(record, 'reminders')
  if every == 0 or due >= tonumber(record.deadline_at) then
    return 0
  end
  at_deadline('remind', record.id, due)
  return due
end

-- When this step's time is over, for those who are called to it at the moment that is given; 0: never.
local function plan_timeout(record, step, at)
  local seconds = step.timeout or 0
  if seconds == 0 then
    return 0
  end
  at_deadline('step', record.id, at + seconds * 1000)
  return at + seconds * 1000
end

-- The first step begins, at the moment that is given. Returns the fields that change.
local function enter_first(record, index, at)
  local step = ruling_of(record).steps[index + 1]
  record.reminders = '0'
  local fields = { step = index, step_at = at, escalated = '0', reminders = 0 }
  fields.step_deadline = plan_timeout(record, step, at)
  fields.remind_at = plan_reminder(record, step)
  return fields
end

-- The same of a later one.
local function enter(record, index, at)
  drop_deadlines(record.id, 'step', 'remind')
  return enter_first(record, index, at)
end

local function time_out(record, at, why)
  emit('request.timed_out', 'time', record, why and { why = why } or nil)
  close(record, { state = REQUEST_NEXT['pending:time_out'], decided_at = at })
end

-- Nobody passes this step: others may decide it too, or it is passed over, or the request is over.
local function pass_over(record, at, why)
  local step, index = step_of(record), number(record, 'step')
  local detail = { step = int(index + 1), why = why }
  if not step then
    time_out(record, at, why)
  elseif step['then'] == 'escalate' and record.escalated ~= '1' then
    emit('request.escalated', 'time', record, detail)
    drop_deadlines(record.id, 'step', 'remind')
    record.reminders = '0'
    local fields = notify(record, 'escalated', { escalated = '1', reminders = 0 })
    fields.remind_at = plan_reminder(record, step)
    fields.step_deadline = plan_timeout(record, step, at)
    change(record, fields)
  elseif step['then'] == 'skip' and index + 1 < steps_of(record) then
    emit('request.step_skipped', 'time', record, detail)
    local skipped = record.skipped and record.skipped ~= '' and record.skipped .. ',' or ''
    record.skipped = skipped .. int(index)
    local fields = notify(record, 'step', enter(record, first_open(record, approvals_of(record)) or index + 1, at))
    fields.skipped = record.skipped
    change(record, fields)
  else
    time_out(record, at, why)
  end
end

local function remind(record)
  local due = number(record, 'remind_at')
  if due == 0 or NOW < due then
    return
  end
  if not step_of(record) then
    return
  end
  local count = number(record, 'reminders') + 1
  emit('request.reminded', 'time', record, { step = int(number(record, 'step') + 1), count = int(count) })
  drop_deadlines(record.id, 'remind')
  local fields = notify(record, 'reminded', { reminders = count })
  record.reminders = int(count)
  fields.remind_at = plan_reminder(record, step_of(record))
  change(record, fields)
end

local function settle_chain(record)
  while record.state == 'pending' do
    local over, step_over = tonumber(record.deadline_at), number(record, 'step_deadline')
    if step_over > 0 and step_over < over and NOW > step_over then
      pass_over(record, step_over, 'nobody decided in time')
    elseif NOW > over then
      time_out(record, over)
    else
      remind(record)
      return
    end
  end
end

-- Seconds until the first reminder of an open review.
local function review_every(ruling)
  return type(ruling.emergency) == 'table' and ruling.emergency.remind or REVIEW_MOST
end

-- An emergency's review is asked for again and again, ever more seldom, until somebody closes it.
local function settle_review(record)
  local due = number(record, 'review_at')
  if record.review ~= 'open' or due == 0 or NOW < due then
    return
  end
  local count = number(record, 'reminders') + 1
  emit('emergency.reminded', 'time', record, { count = int(count) })
  local wait = math.min(review_every(ruling_of(record)) * 2 ^ count, REVIEW_MOST)
  at_deadline('review', record.id, NOW + wait * 1000)
  change(record, notify(record, 'review', { reminders = count, review_at = NOW + wait * 1000 }))
end

-- Settle what time has done to this record already, whoever touches it next (law 1). The event says when it was
-- written down, the record when it was over: that does not depend on when somebody looked.
local function settle(record)
  if not is_known(record) then
    return
  end
  if record.state == 'pending' then
    settle_chain(record)
  elseif record.grant == 'waiting' then
    settle_waiting(record)
  end
  if record.grant == 'active' then
    settle_active(record)
  end
  settle_tap(record)
  settle_review(record)
end

-- Whether an approved extension prolongs this grant: only all of it, and only where it may last.
local function prolongs(record, target)
  return is_known(target) and target.grant == 'active' and target.requester == record.requester
    and target.variables == record.variables and target.once ~= '1' and record.once ~= '1'
end

-- The chain is complete, or need not be passed: a grant, or a longer one. The caller has written who approved.
-- Returns when access ends, 0 where it has not begun.
local function conclude(record, actor, fields)
  local target = record.extends and record.extends ~= '' and read(record.extends)
  if target then
    settle(target)
  end
  if target and prolongs(record, target) then
    local most = ruling_of(record).max_seconds
    fields.expires_at = extend(target, record.id, tonumber(record.seconds), most, actor)
    fields.extended = '1'
  else
    for name, value in pairs(grant(record, actor)) do
      fields[name] = value
    end
    fields.reveals = '0'
  end
  fields.state = REQUEST_NEXT['pending:approve']
  fields.decided_at = NOW
  close(record, fields)
  return fields.expires_at or 0
end

-- A grant that lives, or waits to, is about to end: its key is deleted first. Nil where there is none to end; then also
-- whether it is another version's, which writes its end down when it finds no key.
local function take_live(id)
  local record = read(id)
  if record then
    settle(record)
  end
  if record and not is_known(record) then
    redis.call('DEL', key('grant', id))
    return nil, true
  end
  if not record or not record.grant or not GRANT_NEXT[record.grant .. ':revoke'] then
    return nil, false
  end
  redis.call('DEL', key('grant', id))
  return record, false
end

-- The grants over a variable that goes away: what time has done to them is written down, and nothing is had by them any
-- more. The caller writes the event of the variable, and then `end_stopped`.
local function stop_grants_over(name)
  local grants = {}
  for _, id in ipairs(redis.call('ZRANGE', key('shared', name), 0, -1)) do
    grants[#grants + 1] = read(id)
  end
  bypass_oom() -- what time has brought about is written down first, and must not come in the way
  for _, record in ipairs(grants) do
    settle(record)
    redis.call('DEL', key('grant', record.id))
  end
  return grants
end

-- How many ended. Why: `event` for the audit, `word` for the record.
local function end_stopped(grants, actor, why)
  local ended = 0
  for _, record in ipairs(grants) do
    if is_known(record) and (record.grant == 'active' or record.grant == 'waiting') then
      emit('grant.revoked', actor, record, { why = why.event })
      end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], actor, NOW, why.word)
      ended = ended + 1
    end
  end
  return ended
end
