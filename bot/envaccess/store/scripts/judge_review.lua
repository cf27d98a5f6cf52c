-- Judge items of an access review. The service has ruled that the actor may; nobody judges what is about themselves, nor on
-- the host that something is kept. What somebody else judged meanwhile stays, and the actor is told.
-- Takes: op text, id text, actor text, verdicts texts, seals texts, salt text, why typed, clock integer
local function gains(item)
  for _, person in ipairs(item.about or {}) do
    if person == WHO then
      return true
    end
  end
  return false
end

-- Why this item is not to be judged so by this actor; nil where it is, with the item.
local function bar(number_, verdict)
  local text = redis.call('HGET', key('review_items', A.id), number_)
  if not text then
    return 'review_item'
  end
  local item = cjson.decode(text)
  if gains(item) then
    return 'own_access'
  elseif is_host(WHO) and verdict == 'keep' then
    return 'host_keeps'
  end
  return nil, item
end

-- Who judged an item; of what somebody else wrote there nobody knows.
local function by_whom(kept)
  local read_it, said = pcall(cjson.decode, kept)
  return read_it and type(said) == 'table' and string.match(tostring(said.by), '^[%w:_.@-]+$') or ''
end

-- What is to be judged, and by whom the rest was. Nothing is where one of them must not be.
local function sort_out()
  local items, lost = {}, {}
  for number_, verdict in pairs(A.verdicts) do
    local why, item = bar(number_, verdict)
    if why then
      return nil, why, number_
    end
    local before = redis.call('HGET', key('judgements', A.id), number_)
    if before then
      lost[#lost + 1] = number_ .. '=' .. by_whom(before)
    else
      items[#items + 1] = { number = number_, verdict = verdict, item = item }
    end
  end
  table.sort(items, function(one, other) return tonumber(one.number) < tonumber(other.number) end)
  return items, table.concat(lost, ',')
end

local function judge(record, items, lost)
  local done = {}
  for place, one in ipairs(items) do
    local kept = one.verdict ~= 'keep' and A.why or ''
    emit('review.item_judged', A.actor, nil, {
      review = A.id, item = one.number, kind = one.item.kind, who = one.item.who, rule = one.item.rule,
      request_id = one.item.request, verdict = one.verdict, reason = typed(kept),
    })
    redis.call('HSET', key('judgements', A.id), one.number, cjson.encode({
      seal = A.seals[one.number], by = A.actor, why = kept, salt = kept ~= '' and A.salt or '',
    }))
    done[place] = one.number
  end
  if #items > 0 then
    write_version('access_review', record, { judged = redis.call('HLEN', key('judgements', A.id)) })
    keep_access_review(A.id)
  end
  return { id = A.id, done = table.concat(done, ','), lost = lost }
end

return once(function()
  local refusal, record = refuse_unless_open()
  if refusal then
    return refusal
  end
  local items, why, number_ = sort_out()
  if not items then
    refused(A.actor, 'review', why)
    return { refused = why, hint = number_ }
  end
  return judge(record, items, why)
end)
