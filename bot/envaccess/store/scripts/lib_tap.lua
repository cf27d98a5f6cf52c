-- A rule may ask the person before each release to a terminal: one press, one release.
local function settle_tap(record)
  local open = record.tap_state == 'asked' or record.tap_state == 'released'
  if open and NOW >= number(record, 'tap_ends_at') then
    emit('grant.tapped', 'time', record, { how = 'lapsed', host = record.tap_host, session = record.tap_session })
    drop_deadlines(record.id, 'tap')
    change(record, { tap_state = 'lapsed' })
  end
end

-- The person is asked: their card is posted anew. Nothing is remembered, the same operation comes again.
local function ask_for_tap(record, actor, said)
  local ends = NOW + TAP_SECONDS * 1000
  emit('grant.tap_asked', actor, record, said)
  at_deadline('tap', record.id, ends)
  change(record, {
    tap_op = A.op, tap_session = said.session or '', tap_host = said.host or '', tap_program = said.program or '',
    tap_address = said.address or '', tap_state = 'asked', tap_ends_at = ends, taps = number(record, 'taps') + 1,
  })
  return look_again({ refused = 'tap', id = record.id, at = int(ends) })
end

-- Why this operation may not release yet, or not at all; nil where its person pressed. One is asked about at a time.
local function bar_untapped(record, actor, said)
  settle_tap(record)
  local mine = record.tap_op == A.op and record.tap_session == (said.session or '')
  local state = record.tap_state
  if mine and state == 'released' then
    return nil
  elseif mine and state ~= 'asked' then
    return { refused = state == 'refused' and 'tap_refused' or 'tap_lapsed', id = record.id, names = record.variables }
  elseif state == 'asked' or state == 'released' then
    return look_again({ refused = 'tap', id = record.id, at = record.tap_ends_at })
  end
  return ask_for_tap(record, actor, said)
end

local function use_tap(record)
  drop_deadlines(record.id, 'tap')
  change(record, { tap_state = 'used' })
end
