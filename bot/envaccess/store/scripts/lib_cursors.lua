-- Named cursors: how far each follower of the audit stream has come. The fields of one hash, by the follower's name.

-- A stream id as a text that sorts as the id does; nil for what is none.
local function sortable(event)
  local milliseconds, sequence = string.match(event, '^(%d+)%-(%d+)$')
  if not milliseconds or #milliseconds > 20 or #sequence > 20 then
    return nil
  end
  return string.rep('0', 20 - #milliseconds) .. milliseconds .. string.rep('0', 20 - #sequence) .. sequence
end

-- The newest event when the script began; nil where there is none.
local NEWEST = (redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1)[1] or {})[1]

-- What is stored. Version 0.1.0 kept the one cursor that it had, `lines`, in a key of its own: taken over, never
-- written again, and left there, because a process of that version without it would tell the whole stream anew.
local function stored_cursor(name)
  return redis.call('HGET', key('cursors'), name)
    or (name == 'lines' and redis.call('GET', key('cursor'))) or '0-0'
end

-- The cursor, or '' where no follower can have come there: it is no stream id, or is after the newest event.
local function believed(stored)
  local place = sortable(stored)
  return place and not (NEWEST and place > sortable(NEWEST)) and stored or ''
end

-- Where a follower that has this event may stand: never after the newest event, which a failover may have taken back.
local function reached(event)
  return NEWEST and sortable(event) > sortable(NEWEST) and NEWEST or event
end

-- Whether the stream has this event, or may have had it: nobody knows of what is older than the oldest.
local function was_written(event)
  if not NEWEST or #redis.call('XRANGE', key('audit'), event, event) > 0 then
    return true
  end
  return sortable(event) < sortable(redis.call('XRANGE', key('audit'), '-', '+', 'COUNT', 1)[1][1])
end

-- Whatever is shown of it may be another state's. What somebody spoiled stops nobody.
local function forget_shown(kind, id)
  local fields, marks = { 'message_shown', '0', 'card_shown', '0' }, 'dirty'
  if kind ~= 'request' then
    fields, marks = { 'shown', '0' }, ({
      session = 'session_cards', proposal = 'proposal_cards', alert = 'alert_cards', rotation = 'rotation_cards',
    })[kind]
  end
  if redis.call('EXISTS', key(kind, id)) == 1 and type(redis.pcall('HSET', key(kind, id), unpack(fields))) == 'number' then
    redis.pcall('ZADD', key(marks), int(NOW), id)
  end
end

-- Slack may show decisions that are not here any more, or none that are: draw again what waits, what lives, and what
-- happened lately.
local function draw_all_again()
  local most, done = 10000, {}
  local function draw(kind, id)
    if id ~= '' and not done[kind .. id] then
      done[kind .. id] = true
      forget_shown(kind, id)
    end
  end
  local function draw_listed(kind, list)
    local ids = redis.pcall('ZREVRANGE', key(list), 0, most - 1)
    for _, id in ipairs(ids.err and {} or ids) do
      draw(kind, id)
    end
  end
  draw_listed('request', 'undecided')
  draw_listed('request', 'reviews')
  draw_listed('alert', 'alerts')
  draw_listed('rotation', 'rotations')
  local entries = redis.pcall('ZRANGE', key('deadlines'), 0, most - 1)
  for _, entry in ipairs(entries.err and {} or entries) do
    local kind, id = string.match(entry, '^(%l[%l_]*):(.*)$')
    local about = DEADLINE[kind or '']
    if about == 'request' or about == 'session' or about == 'proposal' then
      draw(about, id)
    end
  end
  for _, entry in ipairs(redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1000)) do
    for place = 1, #entry[2], 2 do
      if entry[2][place] == 'request' then
        draw('request', entry[2][place + 1])
      end
    end
  end
end

-- Tell a loss of the stream. Whoever else finds the same within a minute tells no other one.
local function open_gap(detail)
  local gap = emit('audit.gap', 'bot', nil, detail)
  redis.call('SET', key('gap'), gap, 'PX', TTL.minute)
  draw_all_again()
  return gap
end
