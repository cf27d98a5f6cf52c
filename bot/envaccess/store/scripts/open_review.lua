-- Start an access review of these items: one at a time. The service has ruled that the actor may, and what the items are.
-- Takes: op text, id text, same text, actor text, what text, reviewers text, items texts, policy text, root text
-- Takes: size integer, seal text, clock integer
return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = not is_host(WHO) and refuse_program('review')
  if program then
    return program
  end
  local lock = lock_on({ WHO }, '')
  if lock then
    return refuse_locked(lock, A.actor, 'review')
  end
  local open = open_access_review()
  if open then
    return { refused = 'access_review_open', id = open.id, by = open.by, at = open.opened_at }
  end
  if redis.call('EXISTS', key('access_review', A.id)) == 1 then
    return look_again({ taken = 1 })
  end
  local flat, until_ = {}, int(sealed_facts(A.seal)["until"])
  for item, text in pairs(A.items) do
    flat[#flat + 1] = item
    flat[#flat + 1] = text
  end
  emit('review.opened', A.actor, nil, {
    review = A.id, what = A.what, items = int(#flat / 2), ["until"] = until_,
    reviewers = A.reviewers ~= '' and A.reviewers or nil, policy = A.policy, root = A.root, size = int(A.size),
  })
  redis.call('HSET', key('access_review', A.id), 'schema', '1', 'state', 'open', 'by', A.actor, 'seal', A.seal,
    'opened_at', int(NOW), 'until_at', until_, 'items', int(#flat / 2), 'reviewers', A.reviewers, 'version', '1')
  for place = 1, #flat, 200 do
    redis.call('HSET', key('review_items', A.id), unpack(flat, place, math.min(place + 199, #flat)))
  end
  redis.call('ZADD', key('access_reviews'), int(NOW), A.id)
  redis.call('ZREMRANGEBYSCORE', key('access_reviews'), '-inf', int(NOW - TTL.records))
  keep_access_review(A.id)
  local record = { id = A.id, opened_at = int(NOW), until_at = until_ }
  at_deadline('access_review', A.id, next_reminder(record))
  return { id = A.id }
end)
