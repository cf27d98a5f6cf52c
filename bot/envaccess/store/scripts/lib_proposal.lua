-- What an agent wants to ask for: proposed, agreed to by its person, and then filed as a request, or declined.
-- A message that was posted, but not remembered, because a process died in between: it is the one, or is deleted.
local function note_card_stray(kind, record)
  local known = record.ts or ''
  if known == A.ts or not string.match(A.ts or '', '^%d+%.%d+$') then
    return
  end
  if known == '' then
    redis.call('HSET', key(kind, record.id), 'ts', A.ts)
  else
    redis.call('HSET', key(kind, record.id), 'strays', add_orphan(record.strays, A.ts))
  end
end

local function is_known_proposal(record)
  return PROPOSAL[record.state] and record.requester and record.behind and record.variables and tonumber(record.expires_at)
end

local function read_proposal(id)
  local record = read_record('proposal', id)
  return record and is_known_proposal(record) and record or nil
end

-- A changed proposal is drawn again.
local function change_proposal(record, fields)
  write_version('proposal', record, fields)
  redis.call('ZADD', key('proposal_cards'), int(NOW), record.id)
end

local function is_open_proposal(record)
  return record.state == 'proposed' or record.state == 'agreed'
end

local function leave_proposals(record)
  redis.call('ZREM', key('proposals', record.requester), record.id)
  drop_deadlines(record.id, 'proposal')
  redis.call('PEXPIRE', key('proposal', record.id), TTL.day)
end

-- It becomes no request. The first write is the event.
local function decline_proposal(record, actor, how, why, at)
  bypass_oom()
  emit('request.declined', actor, record, { how = how, why = why })
  leave_proposals(record)
  change_proposal(record, { state = 'declined', how = how, why = why, closed_at = at or NOW })
end

local function note_filed(record, request)
  leave_proposals(record)
  change_proposal(record, { state = 'filed', request = request, closed_at = NOW })
end

-- Write down what time has done to it, and what a process did that died before it said so.
local function settle_proposal(record)
  if record.state == 'agreed' and redis.call('EXISTS', key('request', record.id)) == 1 then
    bypass_oom()
    note_filed(record, record.id)
  elseif is_open_proposal(record) and NOW >= number(record, 'expires_at') then
    decline_proposal(record, 'time', 'unanswered', nil, number(record, 'expires_at'))
  end
end

-- The proposals of an agent that wait, with what time has ended written down.
local function proposals_of(agent)
  local open = {}
  for _, id in ipairs(redis.call('ZRANGE', key('proposals', agent), 0, -1)) do
    local record = read_proposal(id)
    if not record then
      bypass_oom()
      redis.call('ZREM', key('proposals', agent), id)
    else
      settle_proposal(record)
      open[#open + 1] = is_open_proposal(record) and record or nil
    end
  end
  return open
end

-- Their agent is no more.
local function decline_proposals_of(agent)
  for _, record in ipairs(proposals_of(agent)) do
    decline_proposal(record, 'bot', 'session_ended')
  end
end
