-- Values are about to leave: write down who sees which, before anything is shown. Where the access has ended, nothing is
-- written, and nothing may be shown: it is asked here, in the same step. `name` has the variables with commas between
-- them, `marks` and `ids` are by variable; `leased` names those that were made for this grant.
-- Takes: op text, actor text, id text, name text, marks texts, ids texts, versions text, leased text, read_at integer
-- Takes: seer text, how text, key text, once flag, session text?
-- Rarely: relist, leave_current, become_current, retain_seen, mark_left
local actor = actor_of(A.actor)

local function lease_of(name)
  return string.find(',' .. A.leased .. ',', ',' .. name .. ',', 1, true)
end

local function see(name, mark)
  if lease_of(name) then
    become_current(name, mark, 'leased', A.ids[name], NOW)
  else
    note_read(name, mark, A.ids[name], A.read_at)
  end
  return enter_seen(name, mark, A.seer, A.how)
end

return once(function()
  if redis.call('HGET', key('ledger_key'), 'id') ~= A.key then
    return look_again({ refused = 'ledger_key' })
  end
  local record = read_known(A.id)
  if not may_show(record, A.actor, A.once, A.session) then
    return look_again({ refused = 'ended' })
  end
  local shown = { id = record.id, requester = record.requester, behind = record.behind, variables = A.name }
  emit('value.seen', actor, shown, { how = A.how, seer = A.seer, versions = A.versions })
  local before = {}
  for _, name in ipairs(split(A.name)) do
    before[name] = see(name, A.marks[name])
  end
  return {
    names = A.name, marks = A.marks, seer = A.seer, how = A.how, versions = A.versions, before = before, at = int(NOW),
  }
end)
