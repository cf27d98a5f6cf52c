-- What may leave Redis for the archive: a request that is over, long enough, and that nothing needs here any more.

-- When a request was over: its last decision, end or review.
local function closed_at(record)
  return math.max(number(record, 'created_at'), number(record, 'decided_at'), number(record, 'ended_at'),
    number(record, 'reviewed_at'))
end

-- Whether it is still to be drawn, time still does something about it, or something that a source made is left of it.
local function is_pinned(record)
  if (record.leases or '') ~= '' then
    return true
  end
  for _, list in ipairs({ 'dirty', 'postings', 'drawings', 'undecided', 'reviews' }) do
    if redis.call('ZSCORE', key(list), record.id) then
      return true
    end
  end
  for kind, about in pairs(DEADLINE) do
    if about == 'request' and redis.call('ZSCORE', key('deadlines'), kind .. ':' .. record.id) then
      return true
    end
  end
  return redis.call('EXISTS', key('grant', record.id)) == 1
end

-- Whether a request of this id, which prolongs or is prolonged by another, lives or waits.
local function is_open(id)
  local other = read(id)
  return other and (other.state == 'pending' or other.grant == 'active' or other.grant == 'waiting')
end

-- Whether what it prolongs, or what prolongs it, lives: then its own approvals still count.
local function is_extending(record)
  if (record.extends or '') ~= '' and is_open(record.extends) then
    return true
  end
  for _, id in ipairs(split(record.extensions or '')) do
    if is_open(id) then
      return true
    end
  end
  return false
end

-- `ready`, `pinned`, `open`, or nil where there is nothing of it, or nothing that this version knows.
local function leaving(id, before)
  local record = read_known(id)
  if not record then
    return nil
  end
  local lives = record.state == 'pending' or record.grant == 'active' or record.grant == 'waiting'
  if lives or closed_at(record) >= before then
    return 'open', record
  end
  if record.review == 'open' or is_pinned(record) or is_extending(record) then
    return 'pinned', record
  end
  return 'ready', record
end
