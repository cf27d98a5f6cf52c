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
