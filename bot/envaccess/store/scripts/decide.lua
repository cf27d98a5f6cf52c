-- Approve a step of a pending request, or deny it. Exactly one decision wins (law 5); nobody approves their own, and
-- nobody counts twice in one request (law 3).
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
settle(record)
local function refuse(why, names)
  refused(actor, A.verb, why, record)
  return answer({ refused = why, names = names }, record, 'message')
end
if record.requester == A.actor or record.requester == A.behalf then
  return refuse('self_approval')
end
if not REQUEST_NEXT[record.state .. ':' .. A.verb] then
  return not_pending(record, 'message')
end
local function told(state)
  return answer({
    id = A.id, state = state, requester = record.requester, variables = record.variables,
    seconds = record.seconds, once = record.once, expires_at = record.expires_at or '0',
    grant = record.grant,
  }, record, 'message')
end
local behalf = A.behalf ~= '' and A.behalf or nil
-- A denial needs nothing but a decider who is not locked.
local approving = A.verb ~= 'deny'
local lock = lock_on({ A.actor, behalf }, '')
  or (approving and lock_on({ record.requester }, record.variables)) or nil
if lock then
  return answer(refuse_locked(lock, actor, A.verb, record), record, 'message')
end
if A.verb == 'deny' then
  emit('request.denied', actor, record, { reason = A.why, behalf = behalf })
  redis.call('HSET', key('text', A.id), 'decision_reason', A.why)
  close(record, { state = REQUEST_NEXT['pending:deny'], decided_by = A.actor, decided_at = NOW })
  return told(record.state)
end

local unknown = unknown_name(record.variables)
if unknown then
  return refuse('unknown_variable', unknown)
end
local remade = remade_name(record)
if remade then
  return refuse('variable_remade', remade)
end
-- What somebody ended is not brought back by a yes to more of it.
local target = (record.extends or '') ~= '' and read(record.extends)
if target then
  settle(target)
  if target.grant == 'revoked' then
    refused(actor, A.verb, 'extends_ended', record)
    return answer({ refused = 'extends_ended', by = target.ended_by, at = target.ended_at }, record, 'message')
  end
end
local before = approvals_of(record)
if number(record, 'step') ~= A.step then
  return cjson.encode({ moved = 1 })
end
-- Earlier approvers who may not approve any more were looked for among those that the caller knew of; who is locked
-- is known here. They are looked at again where this approval would be the last.
local approvals, lost = {}, {}
local own = { by = A.actor, step = A.step, at = NOW, behalf = behalf }
local last = not first_open(record, { own, unpack(before) })
for _, approval in ipairs(before) do
  local locked = last and lock_on({ approval.by, approval.behalf }, '')
  if locked or string.find(',' .. A.lost .. ',', ',' .. approval.by .. ',', 1, true) then
    lost[#lost + 1] = approval.by
  else
    approvals[#approvals + 1] = approval
  end
  for _, person in ipairs({ A.actor, A.behalf }) do
    if person ~= '' and (approval.by == person or approval.behalf == person) then
      return refuse('already_counted')
    end
  end
end
approvals[#approvals + 1] = own
local open_step = first_open(record, approvals)
if not open_step and A.checked ~= #before then
  return cjson.encode({ moved = 1 })
end

-- Narrower only: shorter, and some of the variables.
local seconds, variables = tonumber(record.seconds), record.variables
if A.seconds > 0 then
  seconds = math.min(seconds, A.seconds)
end
if A.variables ~= '' then
  local kept = {}
  for _, name in ipairs(split(record.variables)) do
    if string.find(',' .. A.variables .. ',', ',' .. name .. ',', 1, true) then
      kept[#kept + 1] = name
    end
  end
  variables = table.concat(kept, ',')
end
if variables == '' then
  return refuse('not_wider', A.variables)
end
-- More time for a grant is more time for all of it.
if (record.extends or '') ~= '' and variables ~= record.variables then
  return refuse('not_wider', A.variables)
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

local detail = { step = int(A.step + 1), behalf = behalf }
if fields.narrowed_by then
  detail.seconds = record.seconds
end
if #lost > 0 then
  emit('request.step_reopened', actor, record, { lost = table.concat(lost, ',') })
end
emit(open_step and 'request.step_approved' or 'request.approved', actor, record, detail)
redis.call('HSET', key('text', A.id), 'approvals', cjson.encode(approvals))
if open_step then
  local moved = open_step ~= number(record, 'step')
  for name, value in pairs(moved and enter(record, open_step, NOW) or {}) do
    fields[name] = value
  end
  if moved then
    notify(record, #lost > 0 and 'reopened' or 'step', fields)
  end
  change(record, fields)
  return told(record.state)
end
fields.decided_by = A.actor
conclude(record, actor, fields)
return told(record.state)
