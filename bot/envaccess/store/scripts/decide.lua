-- Approve a step of a pending request, or deny it. Exactly one decision wins (law 5); nobody approves their own, and
-- nobody counts twice in one request (law 3).
-- Takes: op text, id text, actor text, verb text, why typed, ts text, step integer, checked integer, lost text,
-- Takes: behalf text, seconds integer, variables text, seal text?, clock integer?, seen text?
local actor = actor_of(A.actor)
local behalf = A.behalf ~= '' and A.behalf or nil

local function refuse(record, why, names)
  refused(actor, A.verb, why, record)
  return { refused = why, names = names }
end

local function told(record)
  return {
    id = A.id, state = record.state, requester = record.requester, variables = record.variables,
    seconds = record.seconds, once = record.once, expires_at = record.expires_at or '0', grant = record.grant,
    behind = record.behind,
  }
end

-- A denial needs nothing but a decider who is not locked.
local function lock_in_the_way(record)
  return lock_on({ A.actor, behalf }, '') or (A.verb ~= 'deny' and lock_on(people_of(record), record.variables))
end

local function deny(record)
  emit('request.denied', actor, record, { reason = typed(A.why), behalf = behalf })
  redis.call('HSET', key('text', A.id), 'decision_reason', A.why)
  remember_denial(record)
  close(record, { state = REQUEST_NEXT['pending:deny'], decided_by = A.actor, decided_at = NOW })
  return told(record)
end

-- Why what was asked for cannot be approved any more; nil where it can.
local function out_of_date(record)
  local unknown = unknown_name(record.variables)
  if unknown then
    return refuse(record, 'unknown_variable', unknown)
  end
  local remade = remade_name(record)
  if remade then
    return refuse(record, 'variable_remade', remade)
  end
  local target = (record.extends or '') ~= '' and read(record.extends)
  if target then
    settle(target)
  end
  if target and target.grant == 'revoked' then -- what somebody ended is not brought back by a yes to more of it
    refused(actor, A.verb, 'extends_ended', record)
    return { refused = 'extends_ended', by = target.ended_by, at = target.ended_at }
  end
  return nil
end

local function is_counted(approval)
  for _, person in ipairs({ A.actor, A.behalf }) do
    if person ~= '' and (approval.by == person or approval.behalf == person) then
      return true
    end
  end
  return false
end

-- The MACs of the approvals that stand: this one was sealed about exactly those.
local function seen_now(approvals)
  local macs = {}
  for place, approval in ipairs(approvals) do
    macs[place] = mac_of(approval.seal)
  end
  return table.concat(macs, ',')
end

-- The approvals with this one, and who of the earlier approvers is lost; nil for somebody who counts already. Those who
-- may not approve any more were looked for by the caller. Where this approval would be the last, and one of the others
-- was locked since, the caller looks again: what is sealed says whom it counts.
local function count_approvals(record, before)
  local approvals, lost = {}, {}
  local own = { by = A.actor, step = A.step, at = NOW, behalf = behalf, seal = A.seal }
  local last = not first_open(record, { own, unpack(before) })
  for _, approval in ipairs(before) do
    if is_counted(approval) then
      return nil
    end
    if string.find(',' .. A.lost .. ',', ',' .. approval.by .. ',', 1, true) then
      lost[#lost + 1] = approval.by
    elseif last and lock_on({ approval.by, approval.behalf }, '') then
      return nil, 'locked'
    else
      approvals[#approvals + 1] = approval
    end
  end
  approvals[#approvals + 1] = own
  return approvals, lost
end

-- The variables that are approved: all that were asked for, or some of them.
local function kept_variables(record)
  if A.variables == '' then
    return record.variables
  end
  local kept = {}
  for _, name in ipairs(split(record.variables)) do
    if string.find(',' .. A.variables .. ',', ',' .. name .. ',', 1, true) then
      kept[#kept + 1] = name
    end
  end
  return table.concat(kept, ',')
end

-- Narrower only: shorter, and some of the variables. Returns the fields that change; nil where it is not narrower.
local function narrow(record)
  local seconds, variables = tonumber(record.seconds), kept_variables(record)
  if A.seconds > 0 then
    seconds = math.min(seconds, A.seconds)
  end
  -- More time for a grant is more time for all of it.
  if variables == '' or ((record.extends or '') ~= '' and variables ~= record.variables) then
    return nil
  end
  local fields = {}
  if seconds ~= tonumber(record.seconds) or variables ~= record.variables then
    fields.same = record.same or record.sorted or record.variables
    fields.asked_seconds = record.asked_seconds or record.seconds
    fields.asked_variables = record.asked_variables or record.variables
    fields.narrowed_by, fields.seconds, fields.variables = A.actor, seconds, variables
  end
  record.same = fields.same or record.same
  record.seconds, record.variables = int(seconds), variables
  return fields
end

local function write_approval(record, approvals, lost, open_step, narrowed)
  local detail = { step = int(A.step + 1), behalf = behalf }
  if narrowed then
    detail.seconds = record.seconds
  end
  if #lost > 0 then
    emit('request.step_reopened', actor, record, { lost = table.concat(lost, ',') })
  end
  emit(open_step and 'request.step_approved' or 'request.approved', actor, record, detail)
  redis.call('HSET', key('text', A.id), 'approvals', cjson.encode(approvals))
end

-- More approvals are needed: of this step, or of another one.
local function go_on(record, open_step, reopened, fields)
  if open_step ~= number(record, 'step') then
    for name, value in pairs(enter(record, open_step, NOW)) do
      fields[name] = value
    end
    notify(record, reopened and 'reopened' or 'step', fields)
  end
  change(record, fields)
end

local function approve(record)
  local before = approvals_of(record)
  if number(record, 'step') ~= A.step or A.seen ~= seen_now(before) then
    return look_again({ moved = 1 })
  end
  local approvals, lost = count_approvals(record, before)
  if lost == 'locked' then
    return look_again({ moved = 1 })
  end
  if not approvals then
    return refuse(record, 'already_counted')
  end
  local open_step = first_open(record, approvals)
  if not open_step and A.checked ~= #before then
    return look_again({ moved = 1 })
  end
  local fields = narrow(record)
  if not fields then
    return refuse(record, 'not_wider', A.variables)
  end
  write_approval(record, approvals, lost, open_step, fields.narrowed_by)
  if open_step then
    go_on(record, open_step, #lost > 0, fields)
  else
    fields.decided_by = A.actor
    conclude(record, actor, fields)
  end
  return told(record)
end

-- Whoever may never decide this: who asked, or the person behind, in their own right or by a duty of theirs; and
-- whoever is no person.
local function bar(record)
  local asked = person_of(record)
  if asked == A.actor or (behalf and asked == behalf) then
    return refuse(record, 'self_approval')
  end
  return not asked and refuse(record, 'not_approver') or nil
end

local function rule(record)
  local barred = refuse_program(A.verb, record) or bar(record)
  if barred then
    return barred
  end
  if not REQUEST_NEXT[record.state .. ':' .. A.verb] then
    return not_pending(record)
  end
  local lock = lock_in_the_way(record)
  if lock then
    return refuse_locked(lock, actor, A.verb, record)
  end
  if A.verb == 'deny' then
    return deny(record)
  end
  return out_of_date(record) or approve(record)
end

return once_on_request(A.verb, actor, function(record)
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  settle(record)
  return rule(record), record, 'message'
end)
