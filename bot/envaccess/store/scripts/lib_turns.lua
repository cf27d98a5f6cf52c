-- What is left to draw of a request, and whose turn it is. `dirty` holds every request that has something left; the
-- two queues are made of it by whoever draws, so that what is lost of them is found again within a minute.
local LOOK_AGAIN = 60000
local QUEUES = { 'postings', 'drawings' }
local SPAN = 100000000 -- turns of one rank

-- Whether anybody has a card about it: its person, or the one behind, but for pipelines that the policy lets through.
local function has_card(record)
  local alone = record.automatic == '1' and string.sub(record.requester, 1, 8) == 'machine:'
  return (is_person(record.requester) or (record.behind or '') ~= '') and not alone
end

-- What needs a new message in the approvers channel, which Slack limits most, and what needs none. Whatever was over
-- before anybody saw it is posted nowhere; who withdrew it was told so. Of another version's record nobody here knows
-- what is left: its mark stays.
local function left_to_show(record)
  record.requester = record.requester or ':' -- whose it is cannot be read, and it holds up nothing
  if not is_known(record) then
    return { drawings = true }
  end
  local message, shown = record.message or '', record.message_shown == record.version
  local pending = record.state == 'pending'
  local uncalled = (pending or record.review == 'open') and number(record, 'nudged') < number(record, 'nudges')
  local unseen = message == '' and (record.state == 'cancelled' or record.state == 'timed_out')
  local kept = not (record.state == 'cancelled' and (record.card or '') == '')
  local card = kept and has_card(record) and record.card_shown ~= record.version
  if message == '' then
    return { postings = not shown and not unseen, drawings = card or (record.strays or '') ~= '' }
  end
  return {
    postings = uncalled and record.nudge ~= 'filed',
    drawings = card or not shown or (record.strays or '') ~= '' or (uncalled and record.nudge == 'filed'),
  }
end

-- Emergencies, then what waits for somebody. A decision takes a button away from those who would press it, and gives
-- one to who waits for it, so it is drawn before everything that needs no new message.
local function rank_of(record, queue)
  if record.review == 'open' then
    return 0
  end
  if queue == 'postings' then
    return record.state == 'pending' and 1 or 2
  end
  local decided = record.state == 'approved' or record.state == 'denied'
  local begun = not record.grant or record.grant == 'active' or record.grant == 'waiting'
  return decided and begun and 1 or record.state == 'pending' and 2 or 3
end

-- One turn a person: whoever has nothing in this queue comes right after what is being drawn, and each further request
-- of theirs one turn later. The fraction keeps those of the same turn in the order in which they came.
local function queue_up(queue, record)
  local rank, place = rank_of(record, queue), redis.call('ZSCORE', key(queue), record.id)
  if place and math.floor(tonumber(place) / SPAN) == rank then
    return
  end
  local line = queue .. int(rank)
  local own = line .. ':' .. (record.requester or '')
  local last, mine = unpack(redis.call('HMGET', key('turns'), line, own))
  local turn = math.max(tonumber(last or '') or 0, (tonumber(mine or '') or -1) + 1)
  redis.call('HSET', key('turns'), own, int(turn))
  redis.call('ZADD', key(queue), string.format('%.6f', rank * SPAN + turn + (NOW % 1000000) / 1000001), record.id)
end

local function leave_queue(queue, id)
  local place = redis.call('ZSCORE', key(queue), id)
  if not place then
    return
  end
  redis.call('ZREM', key(queue), id)
  local line = queue .. int(math.floor(tonumber(place) / SPAN))
  local turn = math.floor(tonumber(place) % SPAN)
  if turn > (tonumber(redis.call('HGET', key('turns'), line) or '') or -1) then
    redis.call('HSET', key('turns'), line, int(turn))
  end
end

-- Nothing is left to draw of it.
local function unmark(id)
  for _, queue in ipairs(QUEUES) do
    leave_queue(queue, id)
  end
  redis.call('ZREM', key('dirty'), id)
  if redis.call('ZCARD', key('dirty')) == 0 then
    redis.call('DEL', key('turns'))
  end
end
