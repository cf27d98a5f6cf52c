-- Access reviews: records of what is looked at, and of what somebody said about it.
local function read_access_review(id)
  return read_record('access_review', id)
end

-- Kept as long as the events that tell of it, from its last change.
local function keep_access_review(id)
  for _, kind in ipairs({ 'access_review', 'review_items', 'judgements' }) do
    redis.call('PEXPIRE', key(kind, id), TTL.records)
  end
  redis.call('PEXPIRE', key('access_reviews'), TTL.records)
end

-- The review that is open: there is one at most. Nil where none is.
local function open_access_review()
  local newest = redis.call('ZREVRANGE', key('access_reviews'), 0, 0)[1]
  local record = newest and read_access_review(newest)
  return record and record.state == 'open' and record or nil
end

-- When its reviewers are reminded next: after half the time, a day before its end, at its end, and each week after that.
local function next_reminder(record)
  local begun, until_ = number(record, 'opened_at'), number(record, 'until_at')
  for _, at in ipairs({ begun + math.floor((until_ - begun) / 2), until_ - TTL.day, until_ }) do
    if at > NOW and at > begun then
      return at
    end
  end
  return until_ + (math.floor((NOW - until_) / (7 * TTL.day)) + 1) * 7 * TTL.day
end

-- Time for its reviewers to be told how much is left; nothing where it is closed, or gone.
local function remind_reviewers(id)
  local record = read_access_review(id)
  if not record or record.state ~= 'open' then
    return
  end
  local judged = redis.call('HLEN', key('judgements', id))
  emit('review.reminded', 'time', nil, {
    review = id, open = int(number(record, 'items') - judged), ["until"] = record.until_at, 
    reviewers = record.reviewers ~= '' and record.reviewers or nil,
  })
  write_version('access_review', record, { reminded_at = NOW })
  at_deadline('access_review', id, next_reminder(record))
end

-- Why this actor starts, judges and closes none now; nil where they may.
local function refuse_to_review()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = not is_host(WHO) and refuse_program('review')
  if program then
    return program
  end
  local lock = lock_on({ WHO }, '')
  return lock and refuse_locked(lock, A.actor, 'review') or nil
end

-- The same, or that the review is not open; else nil and its record.
local function refuse_unless_open()
  local refusal = refuse_to_review()
  if refusal then
    return refusal
  end
  local record = read_access_review(A.id)
  if record and record.state == 'open' then
    return nil, record
  end
  return { refused = record and 'access_review_over' or 'no_access_review', by = record and record.closed_by or '' }
end
